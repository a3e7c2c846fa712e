package process

import (
	"bytes"
	"os"
	"strconv"
	"strings"
)

// Tree watches the memory of a process, of all that it has started, directly or not and in whatever groups, and of its
// own group, which holds what has lost its parent.
type Tree struct {
	Root int // process id

	members []int // as of the last look at all processes
	looks   int
}

// lookAround is how many looks share one look at all processes of the machine.
const lookAround = 5

// Resident returns how many bytes of the processes' memory are resident. What is mapped from files, as programs and
// libraries are, is shared by processes that run the same program: it counts once, as much as the one has that has
// most of it.
func (t *Tree) Resident() int64 {
	if t.looks%lookAround == 0 {
		t.members = descendants(t.Root)
	}
	t.looks++
	var own, shared int64
	for _, pid := range t.members {
		o, s := memoryOf(pid)
		own, shared = own+o, max(shared, s)
	}
	return own + shared
}

// Own returns how many bytes of one process's memory are resident and its own, 0 if it has ended.
func Own(pid int) int64 {
	own, _ := memoryOf(pid)
	return own
}

// descendants are the processes of a tree, but for those that have ended.
func descendants(root int) []int {
	entries, _ := os.ReadDir("/proc")
	children := map[int][]int{}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == root {
			continue
		}
		parent, group := familyOf(pid)
		if group == root {
			parent = root
		}
		children[parent] = append(children[parent], pid)
	}
	list := []int{root}
	for i := 0; i < len(list); i++ {
		list = append(list, children[list[i]]...)
	}
	return list
}

// familyOf is what has started a process, and its group; 0 if that has ended (proc_pid_stat(5)).
func familyOf(pid int) (parent, group int) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, 0
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])) // from the state, field 3, on
	if len(fields) < 3 {
		return 0, 0
	}
	parent, _ = strconv.Atoi(fields[1])
	group, _ = strconv.Atoi(fields[2])
	return parent, group
}

var pageSize = int64(os.Getpagesize())

// memoryOf is how many bytes of a process's memory are resident: of its own, and mapped from files or shared
// (proc_pid_statm(5)). Both are 0 if it has ended.
func memoryOf(pid int) (own, shared int64) {
	text, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	fields := strings.Fields(string(text))
	if len(fields) < 3 {
		return 0, 0
	}
	resident, _ := strconv.ParseInt(fields[1], 10, 64)
	shared, _ = strconv.ParseInt(fields[2], 10, 64)
	return (resident - shared) * pageSize, shared * pageSize
}
