package media

import "io"

// hearTS looks for the sound of a transport stream: ADTS, of which only its beginning has a time that counts.
func hearTS(path string) (*Track, error) {
	r, err := openTSSound(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	t, a, err := hearADTS(r, path)
	if err != nil {
		return nil, err
	}
	a.places = a.places[:1] // all others have to be looked for
	t.begins = r.origin
	t.open = func() (Reader, error) {
		r, err := openTSSound(path)
		if err != nil {
			return nil, err
		}
		return &adtsReader{adts: a, Closer: r, from: r.again}, nil
	}
	return t, nil
}

// tsSound is the sound of a transport stream, as if it were a file.
type tsSound struct {
	*tsReader
	left []byte
}

func openTSSound(path string) (*tsSound, error) {
	r, err := (&transport{path: path}).reader()
	if err != nil {
		return nil, err
	}
	r.sound = true
	return &tsSound{tsReader: r}, nil
}

// again reads from the beginning: a stream has no index.
func (s *tsSound) again(int64) io.Reader {
	s.begin()
	s.left = nil
	return s
}

func (s *tsSound) Read(p []byte) (n int, err error) {
	for len(s.left) == 0 {
		if s.left, _, err = s.unit(); err != nil {
			return 0, err
		}
	}
	n = copy(p, s.left)
	s.left = s.left[n:]
	return n, nil
}
