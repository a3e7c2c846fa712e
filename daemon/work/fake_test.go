package work

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/upright-media/upright/daemon/job"
)

// stall is what children may stand still for, who take less than this to get to work on a busy machine.
const stall = 5 * time.Second

// within is what anything may take there.
const within = 2 * time.Minute

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "fake" {
		fake(os.Args[2])
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func say(e Event) {
	text, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text))
}

func converting(ms float64) {
	say(Event{Event: "progress", Progress: &job.Progress{Stage: "converting", DoneMs: ms, TotalMs: 60000, Speed: 3}})
}

// fake is a child that behaves as it is told.
func fake(how string) {
	in := bufio.NewReader(os.Stdin)
	if how == "memory-alone" {
		b := make([]byte, 300<<20)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		time.Sleep(time.Hour)
		runtime.KeepAlive(b)
	}
	if how == "several" {
		several(in)
		return
	}
	var req Request
	line, err := in.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &req)
	}
	if err != nil {
		panic(err)
	}
	say(Event{Event: "reading"})
	fmt.Fprintln(os.Stderr, "reading", req.Spec.Recording)
	work := func() {
		say(Event{Event: "planned", Cost: 3, Mode: "encode"})
		if text, err := in.ReadString('\n'); err != nil || text != "go\n" {
			panic(fmt.Sprint(text, err))
		}
		converting(12345)
	}
	forever := func() { time.Sleep(time.Hour) }
	switch how {
	case "done":
		work()
		say(Event{Event: "verifying"})
		say(Event{Event: "done", Mode: "encode", Outputs: []job.Output{{File: "/out/a.mp4"}},
			Report: json.RawMessage(`{"schema":1}`)})
	case "room": // whose parts others draw
		work()
		say(Event{Event: "offer", Order: "/out/order", Cost: 2})
		for {
			line, err := in.ReadBytes('\n')
			var w Word
			if err != nil || json.Unmarshal(line, &w) != nil {
				panic(fmt.Sprint(string(line), err))
			}
			a := job.PartAnswer{OK: w.Part == "p1" && w.Who == "n2/7"}
			if w.Kind == job.PartTake {
				a = job.PartAnswer{Part: "p1"}
			}
			say(Event{Event: "answer", Number: w.Number + 1000, Answer: &a}) // nobody asked
			say(Event{Event: "answer", Number: w.Number, Answer: &a})
			if w.Kind == job.PartMade {
				say(Event{Event: "offer"})
				say(Event{Event: "done"})
				return
			}
		}
	case "deaf":
		work()
		say(Event{Event: "offer", Order: "/out/order", Cost: 2})
		forever()
	case "facts":
		nice, _ := syscall.Getpriority(syscall.PRIO_PROCESS, 0)
		score, _ := os.ReadFile("/proc/self/oom_score_adj")
		done := make(chan int)
		go func() { // another thread
			runtime.LockOSThread()
			n, _ := syscall.Getpriority(syscall.PRIO_PROCESS, 0)
			done <- n
		}()
		say(Event{Event: "failed", Code: "x",
			Error: fmt.Sprint(20-nice, 20-<-done, " ", strings.TrimSpace(string(score)), " ", os.Getenv("GOMEMLIMIT"),
				" ", syscall.Getpgrp() == os.Getpid(), " ", req.Threads, " ", req.Owner, " ", req.Stall)})
	case "failed":
		work()
		say(Event{Event: "failed", Code: job.CodePipeline, Error: "it broke", Graph: "digraph {}"})
		os.Exit(1)
	case "empty":
		say(Event{Event: "empty", Code: job.CodeNoMedia, Error: "nothing in it", ReportFile: "/out/a.json"})
	case "nil":
		work()
		var p *Event
		p.Code = "x"
	case "panic":
		work()
		go func() { panic("at the disco") }()
		forever()
	case "killed":
		work()
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		forever()
	case "exit":
		work()
		os.Exit(3)
	case "silent":
		work()
	case "half":
		work()
		fmt.Print(`{"event":"do`)
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		forever()
	case "half-exit":
		fmt.Print(`{"event":"do`)
	case "garbage":
		fmt.Println("Segmentation fault, or so")
		forever()
	case "unknown":
		say(Event{Event: "dance"})
		forever()
	case "flood":
		big := strings.Repeat("x", 1<<20)
		for {
			fmt.Print(big)
		}
	case "many":
		for i := 0; ; i++ {
			converting(float64(i))
		}
	case "close":
		_ = os.Stdout.Close()
		forever()
	case "hang":
		work()
		for {
			converting(12345) // that it is alive is no progress
			time.Sleep(50 * time.Millisecond)
		}
	case "mute":
		forever()
	case "spin":
		work()
		for i := 0; ; i++ {
			if i < 0 {
				forever()
			}
		}
	case "steady": // slower than stalled, but something moves
		work()
		for i := range 12 {
			say(Event{Event: "progress", Activity: uint64(i + 1)})
			time.Sleep(stall / 10)
		}
		say(Event{Event: "done"})
	case "memory":
		work()
		var all [][]byte
		for {
			b := make([]byte, 8<<20)
			for i := 0; i < len(b); i += 4096 {
				b[i] = 1
			}
			all = append(all, b)
			time.Sleep(10 * time.Millisecond)
		}
	case "memory-of-another":
		cmd := exec.Command(os.Args[0], "fake", "memory-alone")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL} // as parts of rooms are
		if err := cmd.Start(); err != nil {
			panic(err)
		}
		_ = cmd.Wait()
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
		work()
		forever()
	case "obedient":
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGTERM)
		work()
		<-c
		fmt.Fprintln(os.Stderr, "cleared away")
		say(Event{Event: "failed", Code: job.CodeInterrupted, Error: "it was stopped"})
	case "too-late": // it is asked to stop, but it is done
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGTERM)
		work()
		<-c
		say(Event{Event: "done"})
	case "family":
		sleep := exec.Command("sleep", "3600")
		sleep.Stdout, sleep.Stderr = os.Stdout, os.Stderr
		if err := sleep.Start(); err != nil {
			panic(err)
		}
		fmt.Fprintln(os.Stderr, "grandchild", sleep.Process.Pid)
		say(Event{Event: "done"})
	case "runaway": // leaves the group and keeps the pipes
		sleep := exec.Command("sleep", "300")
		sleep.Stdout, sleep.Stderr, sleep.SysProcAttr = os.Stdout, os.Stderr, &syscall.SysProcAttr{Setsid: true}
		if err := sleep.Start(); err != nil {
			panic(err)
		}
		fmt.Fprintln(os.Stderr, "grandchild", sleep.Process.Pid)
		say(Event{Event: "done"})
	case "lingering":
		say(Event{Event: "done"})
		forever()
	case "chatty":
		for i := range 3 * maxLogLines {
			fmt.Fprintln(os.Stderr, "line", i)
		}
		fmt.Fprintln(os.Stderr, strings.Repeat("y", 100<<10))
		say(Event{Event: "done"})
	case "daemon": // runs a child of its own, for ever
		r := Run(context.Background(), Request{},
			Options{Command: []string{os.Args[0], "fake", "mute"}, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
		panic(fmt.Sprint(r))
	default:
		panic(how)
	}
}

// several is a child that does one job after the other, each as its recording is called.
func several(in *bufio.Reader) {
	stopped := make(chan os.Signal, 1)
	signal.Notify(stopped, syscall.SIGTERM)
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		var req Request
		if err := json.Unmarshal(line, &req); err != nil {
			panic(err)
		}
		how := req.Spec.Recording
		say(Event{Event: "reading"})
		fmt.Fprintln(os.Stderr, "job", n, "is", how)
		final := Event{Event: "done", Fit: req.Mark != "", Used: &Used{CPUMs: float64(n), MaxRSS: int64(n) << 20}}
		switch how {
		case "crash":
			var p *Event
			p.Code = "x"
		case "hang":
			time.Sleep(time.Hour)
		case "waits":
			converting(1)
			<-stopped
			final = Event{Event: "failed", Code: job.CodeInterrupted, Error: "it was stopped"}
		case "grow":
			kept = make([]byte, 200<<20)
			for i := 0; i < len(kept); i += 4096 {
				kept[i] = 1
			}
			if req.Spec.Name == "on" {
				time.Sleep(time.Hour)
			}
		case "unfit":
			final.Fit = false
		case "half a line":
			fmt.Fprint(os.Stderr, "no end")
		}
		fmt.Fprintln(os.Stderr, req.Mark)
		say(final)
		switch how {
		case "dies afterwards":
			os.Exit(0)
		case "talks on": // as soon as it is told so
			<-stopped
			converting(1)
		}
		if !final.Fit {
			return
		}
	}
}

var kept []byte

func grandchild(log string) int {
	_, rest, _ := strings.Cut(log, "grandchild ")
	pid, _ := strconv.Atoi(strings.Fields(rest)[0])
	return pid
}
