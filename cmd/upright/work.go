package main

import (
	"context"

	"github.com/upright-media/upright/internal/worker"
	"github.com/upright-media/upright/pipelines/apart"
)

// workCmd carries out one job for a daemon, which talks to it by its standard input and output (package work). It is
// nothing for people.
type workCmd struct{}

func (*workCmd) Run(ctx context.Context, _ *console) error { return ending(worker.Main(ctx)) }

// runPipelineCmd runs one pipeline, which draws a part of a room's video (package apart). It is nothing for people.
type runPipelineCmd struct{}

func (*runPipelineCmd) Run(ctx context.Context, _ *console) error { return ending(apart.Main(ctx)) }
