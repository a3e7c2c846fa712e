package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/upright-media/upright/internal/files"
	"github.com/upright-media/upright/room/layout"
	"github.com/upright-media/upright/room/layout/foreign"
)

type layoutCmd struct {
	Import layoutImportCmd `cmd:"" help:"Turn a layout of Twilio or Agora into one for layouts: in upright.yaml."`
}

type layoutImportCmd struct {
	From string `arg:"" enum:"twilio,agora" help:"Whose layout it is: ${enum}."`
	File string `arg:"" help:"JSON: Twilio's video_layout, Agora's transcodingConfig or what setVideoMixingLayout takes, or the request that has it. - is standard input."`
	Name string `default:"imported" placeholder:"NAME" help:"Name of the layout."`
	Size string `placeholder:"WxH" help:"Canvas that the layout was made for, if the file does not say it."`
}

func (cmd *layoutImportCmd) Run(_ context.Context, c *console) error {
	if p := layout.CheckName(cmd.Name); p != nil {
		return usageError{fmt.Errorf("--name: %w", p)}
	}
	var size foreign.Size
	if cmd.Size != "" {
		var err error
		if size, err = foreign.ParseSize(cmd.Size); err != nil {
			return usageError{fmt.Errorf("--size: %w", err)}
		}
	}
	text, err := cmd.read()
	if err != nil {
		return err
	}
	from := map[string]func([]byte, foreign.Size) (*foreign.Imported, error){
		"twilio": foreign.Twilio,
		"agora":  foreign.Agora,
	}
	m, err := from[cmd.From](text, size)
	if err != nil {
		return fmt.Errorf("%s: %w", cmd.File, err)
	}
	for _, w := range m.Warnings {
		fmt.Fprintf(c.stderr, "upright: warning: %s: %s\n", cmd.File, w)
	}
	fmt.Fprintf(c.stdout, "# Made for a canvas of %[1]dx%[2]d without names and borders:\n"+
		"# upright compose ROOM -o OUT --layouts FILE --layout %[3]s --size %[1]dx%[2]d --background '%[4]s' "+
		"--labels none --speaker none\n%[5]s", m.Width, m.Height, cmd.Name, m.Background, m.Layout.YAML(cmd.Name))
	return nil
}

// read reads the file, or standard input.
func (cmd *layoutImportCmd) read() ([]byte, error) {
	if cmd.File == "-" {
		return io.ReadAll(io.LimitReader(os.Stdin, foreign.MostBytes+1))
	}
	text, err := files.Read(cmd.File, foreign.MostBytes)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", cmd.File, files.Reason(err))
	}
	return text, nil
}
