/* What the pages of all elements have in common, for elements whose class is made in C. */
#ifndef UPRIGHT_PAGE_H
#define UPRIGHT_PAGE_H

#include <gst/gst.h>

#define UPRIGHT_AUTHOR "The Upright authors <https://github.com/upright-media/upright>"
#define UPRIGHT_DOCUMENTATION "https://github.com/upright-media/upright/blob/main/docs/elements.md"

/* All texts are literals. since is the version of Upright that had the element first. */
static inline void
upright_page (GstElementClass * element, const gchar * name, const gchar * klass, const gchar * description,
    const gchar * since, const gchar * example)
{
  gst_element_class_set_static_metadata (element, name, klass, description, UPRIGHT_AUTHOR);
  gst_element_class_add_static_metadata (element, "doc-uri", UPRIGHT_DOCUMENTATION);
  gst_element_class_add_static_metadata (element, "since", since);
  gst_element_class_add_static_metadata (element, "example", example);
}

#endif
