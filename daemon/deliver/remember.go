package deliver

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/upright-media/upright/daemon/job"
)

// The queue may be lost, or a part of it. Its jobs are found again, their outputs are adopted, and hooks would be told
// a second time. So it is remembered beside the report NAME.json, in .NAME.delivered, who was told of it.
type memory struct {
	Schema   int             `json:"schema"`   // 1
	Content  string          `json:"content"`  // of what was told: content
	Delivery string          `json:"delivery"` // Payload.Delivery
	Told     map[string]told `json:"told"`     // by name of step
	path     string          // below the output folder
}

type told struct {
	To string    `json:"to"` // which command or address, as a sum: it may hold a secret
	At time.Time `json:"at"`
}

const maxMemory = 64 << 10

// content is what the report keeps of the outcome: it is the same when the outputs are found again.
func content(rec *job.Record) string {
	list := make([]string, 0, len(rec.Outputs))
	for _, o := range rec.Outputs {
		list = append(list, filepath.Base(o.File)+" "+strings.ToLower(o.SHA256))
	}
	slices.Sort(list)
	return digest(rec.Spec.ID, string(rec.Outcome), strings.Join(list, "\n"))
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// target is whom a step tells.
func target(rec *job.Record, step string) string {
	if step == StepWebhook {
		return digest(rec.Spec.Delivery.Webhook.URL)
	}
	return digest(rec.Spec.Delivery.Hook.Command...)
}

// recall reads what is remembered of a job that ended as it did now. Without a report, as after a failure, there is
// nothing that it could be remembered beside.
func (d *delivery) recall() memory {
	fresh := memory{Schema: 1, Content: content(&d.rec), Told: map[string]told{}}
	if d.rec.ReportFile == "" || d.rec.Outcome == job.Failed {
		return fresh
	}
	dir, err := openFolder(d.rec.Spec.Output)
	if err != nil {
		return fresh
	}
	defer dir.Close()
	rel, err := dir.rel(d.rec.ReportFile)
	if err != nil {
		return fresh
	}
	name := strings.TrimSuffix(filepath.Base(rel), ".json")
	fresh.path = filepath.Join(filepath.Dir(rel), "."+name+".delivered")
	file, _, err := dir.open(fresh.path)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			d.log.Warn("what was delivered before cannot be read", "file", fresh.path, "error", err)
		}
		return fresh
	}
	defer file.Close()
	m := memory{path: fresh.path}
	text, err := io.ReadAll(io.LimitReader(file, maxMemory))
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil || m.Schema != 1 || m.Told == nil {
		d.log.Warn("what was delivered before cannot be read", "file", fresh.path, "error", err)
		return fresh
	}
	if m.Content != fresh.Content {
		return fresh
	}
	return m
}

// remembered says whether a hook or webhook was told of exactly this before.
func (d *delivery) remembered(step string) bool {
	m := d.recall()
	t, ok := m.Told[step]
	if !ok || m.Delivery != d.deliveryID() || t.To != target(&d.rec, step) {
		return false
	}
	d.log.Info("this was delivered before, and is not again", "step", step, "at", t.At)
	return true
}

// remember notes that a hook or webhook was told. If that fails it may be told a second time, and nothing worse.
func (d *delivery) remember(ctx context.Context, step string) {
	m := d.recall()
	if m.path == "" {
		return
	}
	if id := d.deliveryID(); m.Delivery != id {
		m.Delivery, m.Told = id, map[string]told{}
	}
	m.Told[step] = told{To: target(&d.rec, step), At: d.Now().UTC()}
	if err := m.write(d.rec.Spec.Output); err != nil && ctx.Err() == nil {
		d.log.Warn("what was delivered is not remembered beside the outputs", "file", m.path, "error", err)
	}
}

func (m *memory) write(output string) (err error) {
	dir, err := openFolder(output)
	if err != nil {
		return err
	}
	defer dir.Close()
	if info, err := dir.lstat(m.path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file: %w", m.path, errOther)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return plain(err)
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	temp := filepath.Join(filepath.Dir(m.path), ".upright-"+rand.Text()[:12]+".tmp")
	file, err := dir.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return plain(err)
	}
	_, err = file.Write(append(text, '\n'))
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = dir.root.Rename(temp, m.path)
	}
	if err != nil {
		return errors.Join(plain(err), dir.root.Remove(temp))
	}
	return nil
}
