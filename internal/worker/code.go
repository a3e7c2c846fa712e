package worker

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	"github.com/upright-media/upright/daemon/claim"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/verify"
)

// codedError is an error whose code is known where it is made.
type codedError struct {
	error
	code string
}

func (e codedError) Unwrap() error { return e.error }

func coded(code string, err error) error { return codedError{err, code} }

// errnos are codes of what the system says.
var errnos = map[syscall.Errno]string{
	syscall.ENOSPC: job.CodeNoSpace, syscall.EDQUOT: job.CodeNoSpace,
	syscall.EACCES: job.CodePermission, syscall.EPERM: job.CodePermission, syscall.EROFS: job.CodePermission,
	syscall.EIO: job.CodeIO, syscall.ESTALE: job.CodeIO, syscall.ENOTCONN: job.CodeIO, syscall.ETIMEDOUT: job.CodeIO,
	syscall.EREMOTEIO: job.CodeIO, syscall.EHOSTDOWN: job.CodeIO, syscall.EHOSTUNREACH: job.CodeIO,
	syscall.ECONNREFUSED: job.CodeIO,
	syscall.ENODEV:       job.CodeIO, syscall.ENXIO: job.CodeIO, syscall.EMFILE: job.CodeIO, syscall.ENFILE: job.CodeIO,
	syscall.ENOMEM: job.CodeIO,
	syscall.ENOENT: job.CodeIO, syscall.ENOTDIR: job.CodeIO, syscall.EEXIST: job.CodeIO, syscall.EISDIR: job.CodeIO,
	syscall.ELOOP: job.CodeIO,
	syscall.EBUSY: job.CodeIO, syscall.ENOLCK: job.CodeIO, syscall.ETXTBSY: job.CodeIO,
	syscall.ENAMETOOLONG: job.CodeSettings,
}

// codeOf sorts an error. Where several reasons are joined, what the system says comes first.
func codeOf(err error, sources []job.Source) string {
	var known codedError
	var errno syscall.Errno
	var path *fs.PathError
	var parse *gstrun.ParseError
	var stall *gstrun.StallError
	var element *gstrun.Error
	switch {
	case errors.As(err, &known):
		return known.code
	case errors.Is(err, claim.ErrBusy), errors.Is(err, claim.ErrLost), errors.Is(err, errLost):
		return job.CodeBusy
	case errors.Is(err, claim.ErrName):
		return job.CodeSettings
	case errors.Is(err, fs.ErrNotExist) && errors.As(err, &path) && isSource(path.Path, sources):
		return job.CodeSourcesGone
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return job.CodeNoSpace
	case errors.As(err, &errno) && errnos[errno] != "":
		return errnos[errno]
	case errors.Is(err, context.Canceled), errors.Is(err, errOrphan):
		return job.CodeInterrupted
	case errors.As(err, new(*options.BoundsError)):
		return job.CodeTooMuch
	case errors.Is(err, plan.ErrEncrypted):
		return job.CodeEncrypted
	case errors.Is(err, plan.ErrNoMedia):
		return job.CodeNoMedia
	case errors.As(err, new(*plan.MissingElementError)), errors.As(err, new(*encoders.NoneError)),
		errors.As(err, &parse) && len(parse.Missing) > 0:
		return job.CodeNoElement
	case errors.Is(err, plan.ErrSettings):
		return job.CodeSettings
	case errors.Is(err, verify.ErrWrong):
		return job.CodeVerify
	case errors.As(err, &stall):
		return job.CodeStalled
	case errors.As(err, &element):
		return elementCode(element)
	case errors.As(err, new(*pipelines.PipelineError)):
		return job.CodePipeline
	}
	return job.CodeInternal
}

// elementCode sorts what an element says: of files, GStreamer has the system's words only.
func elementCode(e *gstrun.Error) string {
	switch e.Name {
	case gstrun.NoSpaceLeft:
		return job.CodeNoSpace
	case gstrun.MissingPlugin, gstrun.CodecNotFound:
		return job.CodeNoElement
	case "resource/not-authorized":
		return job.CodePermission
	case "resource/not-found", "resource/open-read", "resource/open-write", "resource/open-read-write",
		"resource/read", "resource/write", "resource/seek", "resource/sync", "resource/close":
		for errno, code := range errnos {
			if strings.Contains(strings.ToLower(e.Debug), errno.Error()) {
				return code
			}
		}
	}
	return job.CodePipeline
}

func isSource(path string, list []job.Source) bool {
	return slices.ContainsFunc(list, func(s job.Source) bool { return s.Path == path })
}
