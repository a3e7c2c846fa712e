package job

import "time"

// maxSkew is how far the clocks of daemons may be apart.
const maxSkew = time.Minute

// SetBack says whether a time that has been is still to come: somebody has set a clock back, and what was said then
// about the time to come would be late by as much.
func SetBack(past, now time.Time) bool { return past.Sub(now) > maxSkew }
