package recording

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every kind looks at a folder. What all of them say of it is said once.
func TestKindsSayThingsOnce(t *testing.T) {
	dir := t.TempDir()
	closed := fmt.Errorf("cannot read the folder %s: permission denied", dir)
	kind := func(bad []*File, problems ...error) Kind {
		return Kind{
			Claims: func(string) bool { return false },
			Find:   func([]string) ([]*Draft, []*File, error) { return nil, bad, errors.Join(problems...) },
		}
	}
	own := errors.New("another thing")
	_, _, err := Registry{kind(nil, closed), kind(nil, own, closed)}.Find([]string{dir})
	require.EqualError(t, err, closed.Error()+"\n"+own.Error())
	require.ErrorIs(t, err, own)

	sub := func(err error) *File { return &File{Path: dir + "/sub", Err: err} }
	_, bad, err := Registry{kind([]*File{sub(closed)}), kind([]*File{sub(closed), sub(own)})}.Find([]string{dir})
	require.NoError(t, err)
	require.Len(t, bad, 2)
	require.Equal(t, closed, bad[0].Err)
	require.Equal(t, own, bad[1].Err)
}
