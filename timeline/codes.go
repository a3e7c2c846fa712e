package timeline

// Codes of a Warning. They are stable: programs may compare them.
const (
	CodeClockStep = "CLOCK_STEP" // the server's clock was set while the recording began
	CodeNoTimes   = "NO_TIMES"   // the recording stores no times

	CodeClockRateWrong = "CLOCK_RATE_WRONG" // a sender's clock had another rate than its codec's; its times were put right

	// Of sources that bring whole files along (Loader).
	CodeMediaMissing    = "MEDIA_MISSING"                // a file that is spoken of is not there
	CodeNotClosed       = "NOT_CLOSED"                   // the recorder did not end in order, or is still at work
	CodeNoIndex         = "INDEX_MISSING"                // pictures were found without the index of their file
	CodeTextLost        = "UID_FILE_LOST"                // the file that says when everything was is empty
	CodeTextOdd         = "UID_FILE_ODD"                 // lines of it make no sense
	CodeTimesDoubtful   = "TIMES_DOUBTFUL"               // two sources of times contradict each other
	CodeClipRate        = "CLIP_RATE_MENDED"             // pictures were stretched to the time that they took
	CodeTurnedAlready   = "ROTATION_ALREADY_APPLIED"     // pictures are turned as they were to be turned
	CodeRotationHistory = "ROTATION_HISTORY_UNAVAILABLE" // only the first orientation is known
	CodeTransport       = "TRANSPORT_STREAM_USED"        // the stream from which a file was to be made was used
)
