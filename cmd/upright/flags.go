package main

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/upright-media/upright/options"
)

// describeOptions gives the flags that are options of a conversion their help and their values. inspect and compose
// have only those that mean something there.
func describeOptions(k *kong.Kong) error {
	for _, command := range k.Model.Children {
		for _, o := range options.All() {
			i := slices.IndexFunc(command.Flags, func(f *kong.Flag) bool { return f.Name == o.Name })
			switch {
			case i < 0:
			case command.Name == "inspect" && !o.Reading, command.Name == "compose" && !o.Room:
				command.Flags = slices.Delete(command.Flags, i, i+1)
			default:
				describe(command.Flags[i], o)
			}
		}
	}
	sayDefaults(k.Model.Node)
	return nil
}

// sayDefaults ends the help of each flag and argument with its default, if it has one, and writes lists of values as
// people do.
func sayDefaults(n *kong.Node) {
	values := slices.Clone(n.Positional)
	for _, f := range n.Flags {
		values = append(values, f.Value)
	}
	for _, v := range values {
		v.Help = strings.ReplaceAll(v.Help, "${enum}", strings.ReplaceAll(v.Enum, ",", ", "))
		if v.Default != "" && !v.IsBool() {
			v.Help += " Default: " + v.Default + "."
		}
	}
	for _, child := range n.Children {
		sayDefaults(child)
	}
}

func describe(f *kong.Flag, o options.Option) {
	f.Help = o.Explained()
	switch {
	case len(o.Values) > 0:
		f.PlaceHolder, f.Enum = "HOW", strings.Join(o.Names(), ",")
		f.Default, f.HasDefault = o.Values[0].Name, true
	case f.Target.Type() == reflect.TypeFor[time.Duration]():
		f.PlaceHolder, f.Default, f.HasDefault = "DURATION", "0s", true
	case o.Max > 0:
		f.PlaceHolder, f.Default, f.HasDefault = "N", "0", true
	}
}
