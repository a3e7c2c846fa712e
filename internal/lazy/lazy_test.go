package lazy

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRegexp(t *testing.T) {
	digits, wrong := Regexp(`^[0-9]+$`), Regexp(`(`)
	require.True(t, digits().MatchString("42"))
	require.Same(t, digits(), digits())
	require.Panics(t, func() { wrong() }, "not before it is asked for")
}
