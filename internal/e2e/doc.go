// Package e2e has what tests of the whole program share: they build upright once, write a configuration, start and stop
// `upright serve` as a user would, and wait for jobs through its HTTP API.
//
//	func TestMain(m *testing.M) { os.Exit(e2e.Main(m)) }
//
//	func Test…(t *testing.T) {
//		config := e2e.Config(t, t.TempDir(), nil,
//			e2e.Watch{Folder: recordings, Output: videos, Settle: time.Second})
//		d := e2e.Start(t, config, e2e.Options{})
//		jobs := d.Await(time.Minute, 1, job.Done)
//		d.Stop()
//	}
package e2e
