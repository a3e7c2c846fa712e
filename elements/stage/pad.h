/* The pads of uprightstage, and the pictures that stand there. */
#ifndef UPRIGHT_STAGE_PAD_H
#define UPRIGHT_STAGE_PAD_H

#include "class.h"

#define UPRIGHT_TYPE_STAGE_PAD (upright_stage_pad_get_type ())
G_DECLARE_FINAL_TYPE (UprightStagePad, upright_stage_pad, UPRIGHT, STAGE_PAD, GstAggregatorPad)

/* Reads the number of a pad off its name. */
void upright_stage_pad_numbered (UprightStagePad * pad);
/* Notes what an event says of the pictures that come next. FALSE: their format is none. */
gboolean upright_stage_pad_event (UprightStagePad * pad, GstEvent * event);

/* Takes the pictures that have begun by a time of the room, and says which one each pad shows. TRUE: more is needed to
 * know which one stands then. */
gboolean upright_stage_take (UprightStage * stage, UprightPicture ** pictures, gint64 until);
/* Has all pads show their newest pictures, also if what they show is nearly the same. TRUE: one of them did not. */
gboolean upright_stage_catch_up (UprightStage * stage);
/* Lets go of all pictures. */
void upright_stage_forget (UprightStage * stage);

#endif
