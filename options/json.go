package options

import "encoding/json"

// Key is the text by which jobs and outputs are known. It has to stay as it was in the first version: if it changes,
// everything is made again that was ever made. (JSON of their own Options cannot have: commands that embed them would
// be taken for flags.)
func (o Options) Key() json.RawMessage {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err) // strings, numbers and truth values
	}
	return text
}
