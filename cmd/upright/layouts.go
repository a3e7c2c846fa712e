package main

import (
	"fmt"
	"os"

	"github.com/upright-media/upright/room/layout"
)

// ownLayouts are those of the user's own.
type ownLayouts struct {
	Layouts string `placeholder:"FILE" help:"File with layouts of your own: upright.yaml, or one with nothing but layouts."`
}

// named is the layout of a name, nil for one that is built in.
func (o ownLayouts) named(c *console, name string) (layout.Layout, error) {
	var own map[string]layout.Layout
	if o.Layouts != "" {
		known := nameable()
		known.ProfilesOnly = true
		configuration, err := c.loadConfig(o.Layouts, os.Environ(), known)
		if err != nil {
			return nil, err
		}
		own = configuration.Layouts
	}
	chosen, err := layout.Find(name, own)
	if err != nil {
		return nil, usageError{fmt.Errorf("--layout: %w", err)}
	}
	return chosen, nil
}
