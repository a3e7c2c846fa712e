package pipelines

// Codes of warnings. They are stable: programs may compare them. Each has a sentence of help in warningHelp.
const (
	WarnNoMedia          = "NO_MEDIA"
	WarnMissingVideo     = "PAIR_MISSING_VIDEO"
	WarnMissingAudio     = "PAIR_MISSING_AUDIO"
	WarnNoKeyFrame       = "NO_KEYFRAME"
	WarnEncrypted        = "ENCRYPTED_MEDIA"
	WarnTruncated        = "TRUNCATED"
	WarnDamaged          = "DAMAGED"
	WarnUnreadable       = "UNREADABLE"
	WarnClockDrift       = "CLOCK_DRIFT"
	WarnOrientationFound = "ORIENTATION_FOUND"
	WarnClockStep        = "CLOCK_STEP" // of package timeline
	WarnNoTimes          = "NO_TIMES"   // of package timeline
	WarnDurationMismatch = "DURATION_MISMATCH"

	WarnLoss               = "LOSS"
	WarnArrivalsIgnored    = "ARRIVALS_IGNORED"
	WarnFlipped            = "FLIPPED"
	WarnHeadWithoutPicture = "HEAD_WITHOUT_PICTURE"
	WarnRotationUnknown    = "ROTATION_UNKNOWN"
	WarnAudioSilent        = "AUDIO_SILENT"
	WarnBlackVideo         = "BLACK_VIDEO"
	WarnEncoderFailed      = "ENCODER_FAILED"
)

// warningHelp says what each code means and what to do, for documentation and programs that show it.
var warningHelp = map[string]string{
	WarnNoMedia:          "A file holds no media: nothing was ever sent, or nothing of it was stored.",
	WarnMissingVideo:     "The video of this participant could not be used, so the output has sound only.",
	WarnMissingAudio:     "The audio of this participant could not be used, so the output is silent.",
	WarnNoKeyFrame:       "A video never had a complete picture to begin with (key frame), so none of it can be decoded.",
	WarnEncrypted:        "The media is end-to-end encrypted; only its recipients have the key, so it cannot be converted.",
	WarnTruncated:        "A file ends in the middle of a packet, as after a crash of the server; everything before that was used.",
	WarnDamaged:          "Bytes inside a file make no sense and were left out; look at damaged_bytes of that input.",
	WarnUnreadable:       "A file cannot be read as a recording and was left out; the text says why.",
	WarnClockDrift:       "The sender's clock ran clearly faster or slower than the server's; the output follows the audio's clock.",
	WarnClockStep:        "The server's clock was set while the recording began, so audio and video were aligned by their ends, to about a picture.",
	WarnNoTimes:          "The recording is of a kind that stores no times, so how its files lie to each other is a guess.",
	WarnOrientationFound: "Nothing in the recording names the orientation extension; it was recognised by its contents. If pictures are turned wrongly, name it with --orientation-id, or -1 for none.",
	WarnDurationMismatch: "Sound and pictures, or an output and its recording, do not end together; compare both before you delete the recording.",

	WarnLoss:               "So many packets were lost on the way to the server that it can be seen or heard.",
	WarnArrivalsIgnored:    "The arrival times in a file cannot be true, so how it lies to the other files rests on its first packet alone.",
	WarnFlipped:            "The sender says that its pictures are mirrored, and they were mirrored back; text in them shows whether that is right.",
	WarnHeadWithoutPicture: "There is sound before the first picture.",
	WarnRotationUnknown:    "Something in the packets may say that the pictures are turned, but it may also mean something else, so they were left as they are.",
	WarnAudioSilent:        "The audio holds nothing but silence.",
	WarnBlackVideo:         "Wherever the video was looked at, it is black.",
	WarnEncoderFailed:      "An encoder or decoder on hardware failed in the middle of a conversion, so another one was used; the output is whole.",
}

// WarningHelp returns one sentence on a warning's code, "" for an unknown one.
func WarningHelp(code string) string { return warningHelp[code] }
