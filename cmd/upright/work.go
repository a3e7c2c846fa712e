package main

import (
	"context"

	"github.com/upright-media/upright/internal/worker"
)

// workCmd carries out one job for a daemon, which talks to it by its standard input and output (package work). It is
// nothing for people.
type workCmd struct{}

func (*workCmd) Run(ctx context.Context) error { return ending(worker.Main(ctx)) }
