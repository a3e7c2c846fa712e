package main

import (
	"fmt"

	"github.com/upright-media/upright/room/layout"
)

// ownLayouts are those of the user's own.
type ownLayouts struct {
	Layouts string `placeholder:"FILE" help:"File with layouts of your own: upright.yaml, or one with nothing but layouts."`
}

// named is the layout of a name, nil for one that is built in.
func (o ownLayouts) named(c *console, name string) (layout.Layout, error) {
	_, own, err := c.ofTheirOwn(o.Layouts)
	if err != nil {
		return nil, err
	}
	chosen, err := layout.Find(name, own)
	if err != nil {
		return nil, usageError{fmt.Errorf("--layout: %w", err)}
	}
	return chosen, nil
}
