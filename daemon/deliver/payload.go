package deliver

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/upright-media/upright/daemon/job"
)

// Payload is what hooks read and webhooks get: how a job ended.
type Payload struct {
	Event    string     `json:"event"`    // job.done, job.failed, job.empty; of rooms room.done and so on
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
	about := "job."
	if rec.Spec.IsRoom() {
		about = job.KindRoom + "."
	}
	return Payload{Event: about + string(rec.Outcome), ID: rec.Spec.ID, Delivery: d.deliveryID(), Job: rec}
}

// deliveryID follows from what the report keeps of the outcome, so that it stays the same over retries and restarts,
// and when the queue is lost and the outputs are found again. A job that a user has converted again has another one, as
// has one that failed again.
func (d *delivery) deliveryID() string {
	rec := &d.rec
	began := ""
	if n := len(rec.Attempts); n > 0 && (rec.Round > 0 || rec.Outcome == job.Failed) {
		began = fmt.Sprintf("%d %d", rec.Attempts[n-1].Number, rec.Attempts[n-1].Started.UnixMicro())
	} else if m := d.recall(); rec.Round == 0 && m.Delivery != "" {
		return m.Delivery // also of a round that was lost with the queue
	}
	return digest(content(rec), began)
}

func (p Payload) json() ([]byte, error) {
	body, err := json.Marshal(p)
	if err != nil {
		return nil, final("the job cannot be put into JSON: %w", err)
	}
	return body, nil
}
