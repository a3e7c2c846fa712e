package deliver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/upright-media/upright/daemon/job"
)

// maxSuffix bounds the search for a free key.
const maxSuffix = 1000

// upload sends outputs and report to a bucket, proves that they are there, and only then removes the local outputs, if
// that is wanted. An Output.URL in the record says that this output was proven.
func (d *delivery) upload(ctx context.Context) error {
	if !uploaded(&d.rec) {
		if err := d.send(ctx); err != nil {
			return err
		}
	}
	if !d.rec.Spec.Delivery.Upload.RemoveLocal {
		return nil
	}
	for i := range d.rec.Outputs {
		o := d.rec.Outputs[i]
		if o.Removed {
			continue
		}
		_, err := removeOutput(ctx, d.rec.Spec.Output, o.File, o.Bytes, o.SHA256)
		if errors.Is(err, errOther) {
			return final("%s was uploaded, and the local file stays: %w", filepath.Base(o.File), err)
		}
		if err != nil {
			return fmt.Errorf("%s was uploaded, but the local file cannot be removed: %w", filepath.Base(o.File), err)
		}
		if err := d.keep(ctx, func(rec *job.Record) {
			if i < len(rec.Outputs) {
				rec.Outputs[i].Removed = true
			}
		}); err != nil {
			return err
		}
	}
	return nil
}

func uploaded(rec *job.Record) bool {
	for _, o := range rec.Outputs {
		if o.URL == "" {
			return false
		}
	}
	return len(rec.Outputs) > 0
}

// send uploads what is not there yet and proves everything.
func (d *delivery) send(ctx context.Context) error {
	if len(d.rec.Outputs) == 0 {
		return final("the job has no output that could be uploaded")
	}
	dir, err := openFolder(d.rec.Spec.Output)
	if err != nil {
		return err
	}
	defer dir.Close()
	objects, err := d.objects(ctx, dir)
	if err != nil {
		return err
	}
	s, err := openStore(ctx, d.rec.Spec.Delivery.Upload.URL, d.rec.Spec.ID, d.Stall)
	if err != nil {
		return err
	}
	defer s.Close()
	for try := 1; ; try++ {
		err := d.place(ctx, s, dir, objects)
		if err == nil {
			break
		}
		if !errors.Is(err, errTaken) || try == 5 {
			return err
		}
	}
	return d.keep(ctx, func(rec *job.Record) {
		for _, o := range objects {
			if o.output >= 0 && o.output < len(rec.Outputs) {
				rec.Outputs[o.output].URL = s.address(o.key)
			}
		}
	})
}

// objects are the files to upload.
func (d *delivery) objects(ctx context.Context, dir *folder) ([]*object, error) {
	var objects []*object
	for i, o := range d.rec.Outputs {
		rel, err := dir.rel(o.File)
		if err != nil {
			return nil, final("an output is not uploaded: %w", err)
		}
		objects = append(objects, &object{file: o.File, rel: rel, size: o.Bytes, sha256: o.SHA256, output: i})
	}
	if d.rec.ReportFile == "" {
		return objects, nil
	}
	rel, err := dir.rel(d.rec.ReportFile)
	if err != nil {
		return nil, final("the report is not uploaded: %w", err)
	}
	sum, info, err := dir.hash(ctx, rel)
	switch {
	case errors.Is(err, fs.ErrNotExist) && d.anyOutput(dir):
		d.log.Warn("the report is gone and is not uploaded", "file", d.rec.ReportFile)
		return objects, nil
	case errors.Is(err, errOther):
		return nil, final("the report is not uploaded: %w", err)
	case err != nil:
		return nil, fmt.Errorf("the report %s cannot be read: %w", d.rec.ReportFile, plain(err))
	}
	return append(objects, &object{file: d.rec.ReportFile, rel: rel, size: info.Size(), sha256: sum, output: -1}), nil
}

// anyOutput says whether an output is there: then the file system is.
func (d *delivery) anyOutput(dir *folder) bool {
	for _, o := range d.rec.Outputs {
		if rel, err := dir.rel(o.File); err == nil {
			if _, err := dir.lstat(rel); err == nil {
				return true
			}
		}
	}
	return false
}

// place brings all objects to keys with the same suffix, of which none belongs to anybody else.
func (d *delivery) place(ctx context.Context, s *store, dir *folder, objects []*object) error {
	states := make([]found, len(objects))
search:
	for n := 1; ; n++ {
		if n > maxSuffix {
			return final("%s has other files of this name up to number %d", s.url, maxSuffix)
		}
		for i, o := range objects {
			o.key = objectKey(d.rec.Spec.Delivery.Upload.Prefix, o.rel, n)
			var err error
			if states[i], err = s.look(ctx, o); err != nil {
				return err
			}
			if states[i] == theirs {
				continue search
			}
		}
		break
	}
	for i, o := range objects {
		if states[i] == ours {
			err := s.prove(ctx, o)
			if err == nil {
				continue
			}
			if !errors.Is(err, errDiffer) {
				return err
			}
			states[i] = broken
		}
		if states[i] == broken {
			d.log.Warn("an earlier upload is broken and is replaced", "url", s.address(o.key))
		}
		if err := s.put(ctx, dir, o, states[i] == broken); err != nil {
			return err
		}
		if err := s.prove(ctx, o); err != nil {
			return fmt.Errorf("the upload of %s is not proven: %w", filepath.Base(o.file), err)
		}
	}
	return nil
}

// objectKey is the key of a file: the prefix, which is a folder, and its path below the output folder. From the second
// try on it has a number before its extension.
func objectKey(prefix, rel string, n int) string {
	key := strings.TrimLeft(filepath.ToSlash(rel), "/")
	if n > 1 {
		ext := path.Ext(key)
		key = strings.TrimSuffix(key, ext) + "." + strconv.Itoa(n) + ext
	}
	if prefix = strings.Trim(prefix, "/"); prefix != "" {
		key = prefix + "/" + key
	}
	return key
}

// stillUploaded says whether an output that was proven to be uploaded is still there, by what the store says of it.
func (d *delivery) stillUploaded(ctx context.Context, o job.Output) error {
	s, err := openStore(ctx, d.rec.Spec.Delivery.Upload.URL, d.rec.Spec.ID, d.Stall)
	if err != nil {
		return err
	}
	defer s.Close()
	key, ok := strings.CutPrefix(o.URL, s.address(""))
	if !ok {
		return final("%s was uploaded to %s, which is not where uploads go to now", filepath.Base(o.File), o.URL)
	}
	if key, err = url.PathUnescape(key); err != nil {
		return final("%s was uploaded to %s, which is no address", filepath.Base(o.File), o.URL)
	}
	state, err := s.look(ctx, &object{key: key, size: o.Bytes, sha256: o.SHA256})
	if err == nil && state != ours {
		err = fmt.Errorf("%s is not there any more, or is something else now", o.URL)
	}
	return err
}
