package worker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/claim"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/verify"
)

func TestCodeOf(t *testing.T) {
	sources := []job.Source{{Path: "/in/a.mjr"}}
	element := func(name, debug string) error {
		return &pipelines.PipelineError{Err: &gstrun.Error{Name: name, Debug: debug}}
	}
	path := func(path string, err error) error {
		return fmt.Errorf("cannot go on: %w", &fs.PathError{Op: "open", Path: path, Err: err})
	}
	for _, c := range []struct {
		code string
		err  error
	}{
		{job.CodeNoSpace, path("/out/x", syscall.ENOSPC)},
		{job.CodeNoSpace, path("/out/x", syscall.EDQUOT)},
		{job.CodePermission, path("/out/x", syscall.EACCES)},
		{job.CodePermission, path("/out/x", syscall.EPERM)},
		{job.CodePermission, path("/out/x", syscall.EROFS)},
		{job.CodeSourcesGone, path("/in/a.mjr", syscall.ENOENT)},
		{job.CodeIO, path("/out/x", syscall.ENOENT)},
		{job.CodeIO, path("/in/a.mjr", syscall.EIO)},
		{job.CodeIO, path("/out/x", syscall.ESTALE)},
		{job.CodeIO, path("/out/x", syscall.ENOTCONN)},
		{job.CodeBusy, fmt.Errorf("x: %w", claim.ErrBusy)},
		{job.CodeBusy, claim.ErrLost},
		{job.CodeBusy, errLost},
		{job.CodeSettings, claim.ErrName},
		{job.CodeSettings, fmt.Errorf("x: %w", plan.ErrSettings)},
		{job.CodeInterrupted, context.Canceled},
		{job.CodeEncrypted, fmt.Errorf("%w (because)", plan.ErrEncrypted)},
		{job.CodeNoMedia, plan.ErrNoMedia},
		// the report could not be written
		{job.CodeNoSpace, errors.Join(plan.ErrNoMedia, path("/out/x.json", syscall.ENOSPC))},
		{job.CodeNoElement, &plan.MissingElementError{Elements: []string{"x264enc"}}},
		{job.CodeNoElement, &pipelines.PipelineError{Err: &gstrun.ParseError{Missing: []string{"x"}}}},
		{job.CodeNoElement, &encoders.NoneError{Codec: "h264"}},
		{job.CodePipeline, &pipelines.PipelineError{Err: &gstrun.ParseError{Message: "x"}}},
		{job.CodeStalled, &pipelines.PipelineError{Err: &gstrun.StallError{}}},
		{job.CodeVerify, fmt.Errorf("%w: x: %w", verify.ErrWrong, errors.New("y"))},
		{job.CodeIO, fmt.Errorf("%w: x: %w", verify.ErrWrong, path("/out/x", syscall.EIO))},
		{job.CodeNoSpace, element(gstrun.NoSpaceLeft, "")},
		{job.CodeIO, element("resource/read", "gstfilesrc.c(381): system error: Input/output error")},
		{job.CodeIO, element("resource/write", "Error while writing to file: Stale file handle")},
		{job.CodePermission, element("resource/open-write", "system error: Permission denied")},
		{job.CodePermission, element("resource/open-write", "system error: Read-only file system")},
		{job.CodePipeline, element("resource/open-write", "")},
		{job.CodePipeline, element("stream/encode", "Permission denied")},
		{job.CodeNoElement, element(gstrun.CodecNotFound, "")},
		{job.CodeInternal, errors.New("who knows")},
	} {
		require.Equal(t, c.code, codeOf(c.err, sources), "%v", c.err)
	}
}
