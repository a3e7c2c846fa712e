package main

import "fmt"

// gate is the most CPU time that upright may take for something, as a share of what others take for the same, in the
// median of all runs. What else the machine has to do both have to bear, since they run in turns. Gates are a little
// above what was measured: they find what makes something cost a quarter more, and not that a machine is another one.
type gate float64

const (
	gateShort  gate = 0.28 // a short call
	gateLong   gate = 0.43 // a long one
	gateMany   gate = 0.17 // many short ones, by one command
	gateServe  gate = 0.25 // by the service, its own share included
	gateAgora  gate = 0.62
	gateEncode gate = 1.00
	gateRoom   gate = 0.95
	gateSlow   gate = 0.85 // a room with cameras of 15 pictures per second
	gateStill  gate = 0.25
)

// long is how large recordings are that are not short, in bytes.
const long = 10e6

// gateOf is that of a recording that is copied.
func gateOf(bytes int64) gate {
	if bytes < long {
		return gateShort
	}
	return gateLong
}

// check says what share was taken, and whether it is too much. Gates are as many times as wide as slack says; 0: they
// are open.
func (g gate) check(ours, theirs *result, slack float64) error {
	share := median(ours, theirs)
	fmt.Printf("  CPU time of %s beside %s, in the median of %d pairs: %.2f\n", ours.name, theirs.name, len(ours.runs),
		share)
	if most := float64(g) * slack; slack > 0 && share > most {
		return fmt.Errorf("%s took %.2f of the CPU time of %s, more than %.2f", ours.name, share, theirs.name, most)
	}
	return nil
}
