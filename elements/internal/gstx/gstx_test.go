package gstx_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/pipeline"
)

// faulty is a source that does in one of its methods what a programmer never wanted.
type faulty struct {
	where string
	what  func() error
}

var (
	faults = map[string]func() error{
		"panics": func() error { panic("a fault of the test") },
		"fails":  func() error { return errors.New("it cannot go on") },
		"says": func() error {
			return &gstx.Error{Domain: gstx.ResourceDomain, Code: gstx.ResourceRead, Text: "It cannot be read.",
				Debug: "at byte 7"}
		},
	}
	faultyClass = gstx.Class{Name: "uprighttestfaulty", LongName: "Faulty", Klass: "Source", Description: "Fails",
		Pads: []gstx.Pad{{Name: "src", Caps: "ANY"}},
		Properties: []gstx.Property{
			{Name: "where", Nick: "Where", Blurb: "The method that fails", Kind: gstx.String},
			{Name: "how", Nick: "How", Blurb: "How it fails", Kind: gstx.String},
		}}
)

func (f *faulty) at(where string) error {
	if f.where == where && f.what != nil {
		return f.what()
	}
	return nil
}

func (f *faulty) Constructed(gstx.Element) {}

func (f *faulty) SetProperty(name string, value any) {
	if name == "where" {
		f.where = value.(string)
		return
	}
	f.what = faults[value.(string)]
	_ = f.at("set")
}

func (f *faulty) Property(string) any { _ = f.at("get"); return "" }

func (f *faulty) Start(e gstx.Element) error { e.SetDuration(time.Second); return f.at("start") }
func (f *faulty) Stop(gstx.Element)          { _ = f.at("stop") }

func (f *faulty) Create(*gstx.Output) (gstx.Flow, error) {
	return gstx.FlowEOS, f.at("create")
}

func (f *faulty) Seek(gstx.Element, time.Duration) error { return f.at("seek") }

// bin is a bin with a gate that panics.
type bin struct {
	where string
	child gstx.Element
}

var binClass = gstx.Class{Name: "uprighttestbin", LongName: "Faulty bin", Klass: "Filter", Description: "Fails",
	Pads:       []gstx.Pad{{Name: "sink", Sink: true, Caps: "ANY"}, {Name: "src", Caps: "ANY"}},
	Properties: []gstx.Property{{Name: "where", Nick: "Where", Blurb: "The method that panics", Kind: gstx.String}}}

func (b *bin) at(where string) {
	if b.where == where {
		panic("a fault of the test")
	}
}

func (b *bin) Constructed(e gstx.Element) {
	b.child, _ = e.Make("identity", "child")
	e.Expose(b.child, "sink")
	e.Expose(b.child, "src")
	e.ProbeInput("sink")
}
func (b *bin) SetProperty(_ string, value any) { b.where = value.(string) }
func (b *bin) Property(string) any             { return b.where }
func (b *bin) Open(gstx.Element) error         { b.at("open"); return nil }
func (b *bin) Reset(gstx.Element)              { b.at("reset") }
func (b *bin) EOS(gstx.Element) error          { return nil }
func (b *bin) EnterData(gstx.Element, gstx.PadRef, time.Duration) bool {
	b.at("data")
	return true
}
func (b *bin) EnterEvent(_ gstx.Element, _ gstx.PadRef, e gstx.Event) gstx.Event {
	b.at("event")
	return e
}

func TestMain(m *testing.M) {
	if os.Getenv(late) != "" {
		gstx.ReadRegistryLate()
	}
	if err := errors.Join(
		gstx.RegisterSource(nil, &faultyClass, func() *faulty { return &faulty{} }),
		gstx.RegisterBin(nil, &binClass, func() *bin { return &bin{} }),
	); err != nil {
		panic(err)
	}
	m.Run()
}

// errorOf runs a line until an error or the end.
func errorOf(t *testing.T, line string) *pipeline.Message {
	t.Helper()
	p, err := pipeline.Parse(line)
	require.NoError(t, err)
	defer p.Close()
	p.SetState(pipeline.Playing)
	m, ok := p.Pop(time.Minute)
	require.True(t, ok, "neither an error nor the end: %s", line)
	p.SetState(pipeline.Null)
	for m.Type != pipeline.MessageError { // of stopping
		if m, ok = p.Pop(0); !ok {
			return nil
		}
	}
	return &m
}

// A fault in Go must not end the program that GStreamer runs in: it is an error of the element.
func TestPanicsBecomeErrors(t *testing.T) {
	for _, where := range []string{"set", "start", "create", "seek"} {
		m := errorOf(t, "uprighttestfaulty name=f where="+where+" how=panics ! fakesink")
		if where == "set" && m == nil {
			continue // there is no bus yet that could take the message
		}
		require.NotNil(t, m, where)
		require.Equal(t, gstx.LibraryDomain, m.Domain, where)
		require.Equal(t, "library/failed", m.Name)
		require.Equal(t, "f", m.Element)
		require.Contains(t, m.Text, "report it")
		require.Contains(t, m.Debug, "a fault of the test")
		require.Contains(t, m.Debug, "gstx_test.go", "where it happened")
	}
	// Nothing listens any more: surviving is all.
	errorOf(t, "uprighttestfaulty where=stop how=panics ! fakesink")
	p, err := pipeline.Parse("uprighttestfaulty name=f where=get how=panics ! fakesink")
	require.NoError(t, err)
	e, _ := p.Element("f")
	e.Arg("where")
	p.Close()

	for _, where := range []string{"open", "data", "event"} {
		m := errorOf(t, "fakesrc num-buffers=2 ! uprighttestbin name=f where="+where+" ! fakesink")
		require.NotNil(t, m, where)
		require.Equal(t, "library/failed", m.Name, where)
		require.Equal(t, "f", m.Element)
	}
	require.Nil(t, errorOf(t, "fakesrc num-buffers=2 ! uprighttestbin where=nowhere ! fakesink"))
}

func TestErrorsKeepTheirDomainAndCode(t *testing.T) {
	m := errorOf(t, "uprighttestfaulty where=create how=says ! fakesink")
	require.Equal(t, "resource/read", m.Name)
	require.Equal(t, gstx.ResourceRead, m.Code)
	require.Equal(t, "It cannot be read.", m.Text)
	require.Contains(t, m.Debug, "at byte 7")

	m = errorOf(t, "uprighttestfaulty where=start how=fails ! fakesink")
	require.Equal(t, "stream/failed", m.Name)
	require.Equal(t, "it cannot go on", m.Text)
}

// A class can be registered again, as when two parts of a program both do so.
func TestRegisteredTwice(t *testing.T) {
	require.NoError(t, gstx.RegisterSource(nil, &faultyClass, func() *faulty { return &faulty{} }))
	require.True(t, gstx.HasElement("uprighttestfaulty"))
}
