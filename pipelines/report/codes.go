package report

import (
	"maps"
	"slices"

	"github.com/upright-media/upright/timeline"
)

// Codes of warnings. They are stable: programs may compare them. Each has a sentence of Help, and a line in
// docs/warnings.md. Those of package timeline are written down there.
const (
	NoMedia          = "NO_MEDIA"
	MissingVideo     = "PAIR_MISSING_VIDEO"
	MissingAudio     = "PAIR_MISSING_AUDIO"
	NoKeyFrame       = "NO_KEYFRAME"
	Encrypted        = "ENCRYPTED_MEDIA"
	Truncated        = "TRUNCATED"
	Damaged          = "DAMAGED"
	Unreadable       = "UNREADABLE"
	ClockDrift       = "CLOCK_DRIFT"
	ClockRateWrong   = timeline.CodeClockRateWrong
	OrientationFound = "ORIENTATION_FOUND"
	ClockStep        = timeline.CodeClockStep
	NoTimes          = timeline.CodeNoTimes
	DurationMismatch = "DURATION_MISMATCH"

	MediaMissing    = timeline.CodeMediaMissing
	NotClosed       = timeline.CodeNotClosed
	NoIndex         = timeline.CodeNoIndex
	TextLost        = timeline.CodeTextLost
	TextOdd         = timeline.CodeTextOdd
	TimesDoubtful   = timeline.CodeTimesDoubtful
	ClipRate        = timeline.CodeClipRate
	TurnedAlready   = timeline.CodeTurnedAlready
	RotationHistory = timeline.CodeRotationHistory
	Transport       = timeline.CodeTransport

	Loss               = "LOSS"
	ArrivalsIgnored    = "ARRIVALS_IGNORED"
	Flipped            = "FLIPPED"
	HeadWithoutPicture = "HEAD_WITHOUT_PICTURE"
	RotationUnknown    = "ROTATION_UNKNOWN"
	AudioSilent        = "AUDIO_SILENT"
	BlackVideo         = "BLACK_VIDEO"
	EncoderFailed      = "ENCODER_FAILED"
	NotVerified        = "UNVERIFIED"

	CodecWrong    = "CODEC_WRONG"
	CodecChanges  = "CODEC_CHANGES"
	OtherPayload  = "OTHER_PAYLOAD"
	ScreenGuessed = "SCREEN_GUESSED"
	FontMissing   = "FONT_MISSING"
	SourceLost    = "SOURCE_LOST"
	ChunkRetried  = "CHUNK_RETRIED"
	TooMuch       = "TOO_MUCH"
)

// help says what each code means and what to do.
var help = map[string]string{
	NoMedia:      "A file holds no media: nothing was sent, or nothing was stored.",
	MissingVideo: "The participant's video could not be used, so the output has sound only.",
	MissingAudio: "The participant's audio could not be used, so the output is silent.",
	NoKeyFrame:   "A video has no complete key frame, so none of it can be decoded.",
	Encrypted:    "The media is end-to-end encrypted; only its recipients have the key, so it cannot be converted.",
	Truncated: "A file ends in the middle of a packet, as after a crash of the server; everything before " +
		"that was used.",
	Damaged:    "Bytes inside a file make no sense and were left out; see damaged_bytes of that input.",
	Unreadable: "A file cannot be read as a recording and was left out; the text says why.",
	ClockDrift: "The sender's clock ran faster or slower than the server's; the output follows the audio's clock.",
	ClockRateWrong: "A sender's RTP clock had another rate than its codec's, or did not run; its times were " +
		"corrected by packet lengths and arrival times.",
	OrientationFound: "The recording does not name the orientation extension; it was recognised by its " +
		"contents. If pictures are turned wrongly, name it with --orientation-id, or -1 for none.",
	ClockStep: "The server's clock was set while the recording began, so audio and video were aligned by " +
		"the times in their names or by their ends, to about a picture.",
	NoTimes: "The recording is of a kind that stores no times, so the offset between its files is a guess.",
	DurationMismatch: "Sound and pictures, or an output and its recording, do not end together; compare " +
		"both before you delete the recording.",
	Loss: "So many packets were lost on the way to the server that it can be seen or heard.",
	ArrivalsIgnored: "The arrival times in a file cannot be true, so its offset to the other files follows " +
		"from its first packet alone.",
	Flipped: "The sender marked its pictures as mirrored, and they were mirrored back; text in them shows " +
		"whether that is right.",
	HeadWithoutPicture: "There is sound before the first picture.",
	RotationUnknown: "Something in the packets may say that the pictures are turned, but it may also mean " +
		"something else, so they were left as they are.",
	AudioSilent: "The audio holds nothing but silence.",
	BlackVideo:  "The video is black wherever it was sampled.",
	NotVerified: "An output did not pass verification and is kept beside the report under a name with " +
		".unverified in it.",
	EncoderFailed: "An encoder or decoder on hardware failed during a conversion, so another one was used; " +
		"the output is complete.",
	CodecWrong: "The packets of a file have another codec than its header names; they were read as what they are.",
	CodecChanges: "The sender changed its codec in the middle of a file; all of the sound was converted to " +
		"one codec.",
	OtherPayload:  "A file holds packets that are neither its pictures nor its sound; they were left out.",
	ScreenGuessed: "A person's second video does not say what it shows, and is taken for a shared screen.",
	FontMissing:   "No font has some letters of what is written in the pictures of a room, so they are not in it.",
	ChunkRetried:  "A process died that drew a part of a room's video, or did not go on, so that part was drawn again.",
	SourceLost:    "The pictures of one file cannot be decoded, so the video of the room was made without them.",

	TooMuch: "A file says that far more is in it than its packets can hold, so it was left out.",

	// Of sources that bring whole files along.
	MediaMissing: "The recorder names a file that does not exist, so its media is missing.",
	NotClosed:    "The recorder did not end in order, or is still running; the existing media was used.",
	NoIndex:      "A file was never finished: its pictures were found without its index, and their times are estimates.",
	TextLost: "The text file of a user is empty or unreadable, as after a crash of the recorder; times come " +
		"from its hidden copy or from names.",
	TextOdd: "Lines of a user's text file make no sense and were skipped.",
	TimesDoubtful: "Names and lines contradict each other about when a file began, and the likelier time was taken; or " +
		"the lines are not in the order in which the recorder writes them, and were read in that of their times.",
	ClipRate: "Pictures ran faster or slower than they were taken, by the recorder's own record, and were " +
		"stretched to their true length.",
	TurnedAlready: "Two things in the recording give the rotation, and only one of them was applied.",
	RotationHistory: "This recorder wrote only the rotation of the first picture; later turns of the device " +
		"are unknown.",
	Transport: "An MP4 file is incomplete, so the transport stream beside it was used.",
}

// Help returns one sentence on a warning's code, for programs that show it; "" for an unknown one.
func Help(code string) string { return help[code] }

// WarningCodes are all codes of warnings, in alphabetical order.
func WarningCodes() []string { return slices.Sorted(maps.Keys(help)) }

// AddCodes returns a list of codes with those of the report's warnings added that are not in it.
func (r *Report) AddCodes(list []string) []string {
	for _, w := range r.Warnings {
		if !slices.Contains(list, w.Code) {
			list = append(list, w.Code)
		}
	}
	return list
}
