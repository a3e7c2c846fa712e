package deliver

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/upright-media/upright/daemon/job"
)

// Payload is what hooks read and webhooks get: how a job ended.
type Payload struct {
	Event    string     `json:"event"`    // job.done, job.failed, job.empty
	ID       string     `json:"id"`       // of the job
	Delivery string     `json:"delivery"` // of this message, the same however often it is sent
	Job      job.Record `json:"job"`
}

// payload tells of the job as it ended: its state is the outcome, although the delivery is still under way. Left out
// are what concerns only whoever runs the daemon: the addresses and commands of the delivery, the steps, and the logs
// of attempts.
func (d *delivery) payload() Payload {
	rec := d.rec
	rec.State = rec.Outcome
	rec.Spec.Delivery = job.Delivery{Sources: rec.Spec.Delivery.Sources}
	rec.Steps = nil
	rec.Attempts = slices.Clone(rec.Attempts)
	for i := range rec.Attempts {
		rec.Attempts[i].Log = ""
	}
	return Payload{Event: "job." + string(rec.Outcome), ID: rec.Spec.ID, Delivery: d.deliveryID(), Job: rec}
}

// deliveryID follows from the job and its last conversion: it stays the same over retries and restarts, and a job that
// is converted again has another one.
func (d *delivery) deliveryID() string {
	number, started := 0, int64(0)
	if n := len(d.rec.Attempts); n > 0 {
		number, started = d.rec.Attempts[n-1].Number, d.rec.Attempts[n-1].Started.UnixMicro()
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %d %d", d.rec.Spec.ID, d.rec.Outcome, number, started))
	return hex.EncodeToString(sum[:16])
}

func (p Payload) json() ([]byte, error) {
	body, err := json.Marshal(p)
	if err != nil {
		return nil, final("the job cannot be put into JSON: %w", err)
	}
	return body, nil
}
