package recording

// Session is what the content of a file is, too, where a recorder says what belongs together and when it is complete.
type Session interface {
	Content
	// Folder has all files of the session in it.
	Folder() string
	// Companions are paths of files that say what belongs to the participant, and go where its tracks go.
	Companions() []string
	// Awaited says in a sentence what is still to come before the participant is complete, as far as the recorder
	// has promised it; "" if nothing is. After a crash it never comes.
	Awaited() string
}
