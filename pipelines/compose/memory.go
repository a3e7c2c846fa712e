package compose

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/upright-media/upright/internal/process"
	"github.com/upright-media/upright/room"
)

// What a process needs that draws a part, in bytes.
const (
	partMemory   = 150 << 20
	sourceMemory = 10 << 20 // for each source
	canvasMemory = 40       // for each byte of the canvas
)

// soundMemory is what the process needs that mixes the sound beside the parts, in bytes.
const soundMemory = 100 << 20

// most is how many parts may be drawn at a time: as many as asked for, and as there is memory for.
func (c *composing) most() int {
	if c.whole || c.score.Canvas == nil {
		return 1
	}
	return fitting(c.score, c.settings.Chunks, c.memory())
}

// memory is how much there is for new processes, in bytes: on the machine, and of what this one may have together with
// all that it starts.
func (c *composing) memory() int64 {
	bytes := available("/")
	if c.settings.Memory > 0 {
		bytes = min(bytes, c.settings.Memory-(&process.Tree{Root: os.Getpid()}).Resident())
	}
	return bytes
}

// fitting is how many of the parts that are asked for have room in so much memory, in bytes.
func fitting(s *room.Score, parts int, memory int64) int {
	canvas := s.Canvas.Width * s.Canvas.Height * 3 / 2
	need := int64(partMemory + len(s.Sources)*sourceMemory + canvas*canvasMemory)
	if len(s.Voices) > 0 {
		memory -= soundMemory
	}
	return max(1, int(min(int64(parts), memory/need)))
}

// available is how much memory there is for new processes: that of the machine, and of this process's control group
// (cgroups(7), version 2). What is not known does not bound it.
func available(root string) int64 {
	bytes := int64(math.MaxInt64)
	text, _ := os.ReadFile(filepath.Join(root, "proc/meminfo"))
	for line := range strings.Lines(string(text)) {
		if value, found := strings.CutPrefix(line, "MemAvailable:"); found {
			if kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64); err == nil {
				bytes = kb << 10
			}
		}
	}
	text, _ = os.ReadFile(filepath.Join(root, "proc/self/cgroup"))
	for line := range strings.Lines(string(text)) {
		group, found := strings.CutPrefix(strings.TrimSpace(line), "0::")
		for ; found; group = filepath.Dir(group) { // the groups above bound it, too
			dir := filepath.Join(root, "sys/fs/cgroup", group)
			limit, used := number(filepath.Join(dir, "memory.max")), number(filepath.Join(dir, "memory.current"))
			if limit >= 0 && used >= 0 {
				bytes = min(bytes, max(0, limit-used))
			}
			if group == "/" || group == "." {
				break
			}
		}
	}
	return bytes
}

// number is what a file says, -1 if it says none.
func number(path string) int64 {
	text, err := os.ReadFile(path)
	if err != nil {
		return -1
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return -1
	}
	return n
}
