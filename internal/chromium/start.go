package chromium

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Start starts a browser with a profile of its own, in which media may play and colours are those of the page. It runs
// until the test ends. The context is for chromedp's tabs. Where there is no browser, see [Executable].
func Start(t testing.TB) context.Context {
	t.Helper()
	// not the test's own context, after whose end the browser could not be closed in an orderly way
	ctx, cancel := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(Executable(t)),
		chromedp.Headless, chromedp.NoSandbox, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true), // containers have 64 MB of it
		chromedp.Flag("force-color-profile", "srgb"),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
	)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	_, err := chromedp.Run(ctx, chromedp.Evaluate[int]("1"))
	require.NoError(t, err, "Chromium does not start")
	return ctx
}

// Literal is a value as JavaScript.
func Literal(t testing.TB, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return string(text)
}
