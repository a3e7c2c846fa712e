package timeline

// Codes of a Warning. They are stable: programs may compare them.
const (
	CodeClockStep = "CLOCK_STEP" // the server's clock was set while the recording began
	CodeNoTimes   = "NO_TIMES"   // the recording stores no times
)
