#ifndef UPRIGHT_MEMORY_H
#define UPRIGHT_MEMORY_H

#include <stddef.h>

void upright_memory_reserve (size_t size);

#endif
