package claim

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// process is one on one machine, until it is booted again.
type process struct {
	Host    string `json:"host"`
	Boot    string `json:"boot_id"`
	PIDs    string `json:"pid_ns"` // in which PID means something: containers have their own
	PID     int    `json:"pid"`
	Started uint64 `json:"started"` // clock ticks after the machine: another process may get the same PID later
}

var self = sync.OnceValue(func() process {
	p := process{PID: os.Getpid()}
	p.Host, _ = os.Hostname()
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	p.Boot = strings.TrimSpace(string(boot))
	p.PIDs, _ = os.Readlink("/proc/self/ns/pid")
	_, p.Started = lookUp(p.PID)
	return p
})

// here says whether a process is, or was, where we could see it.
func (p process) here() bool {
	s := self()
	return p.PID > 0 && p.Host == s.Host && p.Boot == s.Boot && p.Boot != "" && p.PIDs == s.PIDs
}

// alive says whether a process that is here still runs.
func (p process) alive() bool {
	running, started := lookUp(p.PID)
	return running && (started == p.Started || p.Started == 0)
}

// lookUp finds a process (proc_pid_stat(5)). One that is dead and only waits for its parent to notice does not count.
func lookUp(pid int) (running bool, started uint64) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return false, 0
	}
	// the name may contain anything
	_, rest, ok := bytes.Cut(text[max(0, bytes.LastIndexByte(text, ')')):], []byte(") "))
	fields := strings.Fields(string(rest))
	if !ok || len(fields) < 20 {
		return true, 0
	}
	started, _ = strconv.ParseUint(fields[19], 10, 64)
	return fields[0] != "Z" && fields[0] != "X", started
}
