package work

import (
	"bytes"
	"os"
	"strconv"
	"strings"
)

// group watches the memory of a process group.
type group struct {
	id      int
	members []int // as of the last look at all processes
	looks   int
}

// lookAround is how many looks share one look at all processes of the machine.
const lookAround = 5

// resident returns how many bytes of the group's memory are resident. What processes share counts several times.
func (g *group) resident() int64 {
	if g.looks%lookAround == 0 {
		g.members = g.members[:0]
		entries, _ := os.ReadDir("/proc")
		for _, e := range entries {
			if pid, err := strconv.Atoi(e.Name()); err == nil {
				g.members = append(g.members, pid)
			}
		}
	}
	g.looks++
	var sum int64
	keep := g.members[:0]
	for _, pid := range g.members {
		if of, rss := memoryOf(pid); of == g.id {
			sum += rss
			keep = append(keep, pid)
		}
	}
	g.members = keep
	return sum
}

var pageSize = int64(os.Getpagesize())

// memoryOf returns the group of a process and its resident memory (proc_pid_stat(5)).
func memoryOf(pid int) (group int, rss int64) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, 0
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])) // from the state, field 3, on
	if len(fields) < 22 {
		return 0, 0
	}
	group, _ = strconv.Atoi(fields[2])
	pages, _ := strconv.ParseInt(fields[21], 10, 64)
	return group, pages * pageSize
}
