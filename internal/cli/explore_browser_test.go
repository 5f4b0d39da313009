package cli

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"vae/internal/console"
	"vae/internal/serve"
)

// screenshots is a folder to write pictures of the page to, and shownRun a run to show on them in place of the small one of the test.
var (
	screenshots = flag.String("screenshots", "", "write pictures of the explorer to this folder")
	shownRun    = flag.String("shown-run", "", "the run that they show")
	otherRun    = flag.String("other-run", "", "the run that they show beside it")
)

// browserPath is Chromium; without one the test is left out, but for where CI runs.
func browserPath(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("no chromium here, and the page must be tested in a browser")
	}
	t.Skip("no chromium here, in which the page could be tested")
	return ""
}

// tab is the page of a run in a browser.
type tab struct {
	t   testing.TB
	ctx context.Context

	mu      sync.Mutex
	base    string
	faults  []string // console errors, and requests that leave the page's own server
	allowed bool     // faults are to be expected, as the server is away
}

// openTab opens a page of a browser of its own.
func openTab(t testing.TB, base string, width, height int64) *tab {
	t.Helper()
	b := startBrowser(t, width, height)
	b.open(base)
	return b
}

// startBrowser starts a browser, with an empty page.
func startBrowser(t testing.TB, width, height int64) *tab {
	t.Helper()
	scratch, err := os.MkdirTemp("", "browser") // it leaves sockets behind, whose paths have to be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(scratch) })
	ctx, cancel := chromedp.NewContext(context.Background(), chromedp.WithAllocatorOptions(chromedp.Headless, chromedp.NoSandbox, chromedp.ExecPath(browserPath(t)), chromedp.Flag("disable-gpu", true), chromedp.Env("TMPDIR="+scratch)))
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx}
	b.do(chromedp.EmulateViewport(width, height))
	if err := chromedp.Listen(ctx, func(event any) {
		if e, ok := event.(*network.EventRequestWillBeSent); ok && b.leaves(e.Request.URL) {
			b.fault("asks for " + e.Request.URL)
		}
	}); err != nil {
		t.Fatal(err)
	}
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.IsException() || m.Type == "error" || m.Type == "warning" {
				b.fault(fmt.Sprintf("console: %s %s", m.Type, m.Text))
			}
		}
	}()
	return b
}

// open goes to a page, which from then on is not to be left.
func (b *tab) open(base string) {
	b.t.Helper()
	b.mu.Lock()
	b.base = base
	b.mu.Unlock()
	b.do(chromedp.Navigate(base))
}

// leaves tells whether an address is none of the page's own server.
func (b *tab) leaves(url string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !strings.HasPrefix(url, b.base) && !strings.HasPrefix(url, "blob:"+b.base) && !strings.HasPrefix(url, "data:")
}

func (b *tab) fault(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.allowed {
		b.faults = append(b.faults, text)
	}
}

// away says whether the server is away, which the browser complains of.
func (b *tab) away(is bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.allowed = is
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// js evaluates an expression.
func js[T any](b *tab, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// until waits for an expression to become true.
func (b *tab) until(what, expression string) {
	b.t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if js[bool](b, "Boolean("+expression+")") {
			return
		}
	}
	b.picture("failed")
	b.t.Fatalf("%s: not within 30 s; state %q", what, js[string](b, `document.getElementById("state").textContent`))
}

// picture writes a picture of the page, where that is asked for.
func (b *tab) picture(name string) {
	b.t.Helper()
	if *screenshots == "" {
		return
	}
	image, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*screenshots, "explore-"+name+".png"), image, 0o666); err != nil {
		b.t.Fatal(err)
	}
}

// clean fails for what the browser has complained of.
func (b *tab) clean() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, fault := range b.faults {
		b.t.Error(fault)
	}
}

const decodedPixels = `document.getElementById("decoded").toDataURL()`

// serving serves a run; stop ends it, and start begins again at the same address.
type serving struct {
	t      *testing.T
	source serve.Options
	addr   string
	server *serve.Server
	http   *http.Server
}

func (s *serving) start() {
	s.t.Helper()
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	s.addr = l.Addr().String()
	if s.server, err = serve.New(context.Background(), s.source); err != nil {
		s.t.Fatal(err)
	}
	s.http = serve.NewHTTP(s.server.Handler(l.Addr()))
	go func(h *http.Server) { _ = h.Serve(l) }(s.http)
}

func (s *serving) stop() {
	s.server.Close()
	_ = s.http.Close()
}

// exploredRun trains a small model and serves it.
func exploredRun(t *testing.T, settings ...string) (*serving, string) {
	t.Helper()
	if *shownRun != "" {
		return servedRun(t, *shownRun, 10_000), *shownRun
	}
	folder := smallRun(t, append([]string{"--limit", "2000", "--epochs", "2", "--hidden", "64"}, settings...)...)
	return servedRun(t, folder, 2000), folder
}

// servedRun serves so many test images of a run.
func servedRun(t *testing.T, folder string, limit int) *serving {
	t.Helper()
	var out bytes.Buffer
	o := &exploreOptions{images: measuring{split: "test", limit: limit, counted: func() bool { return false }, sampled: func() bool { return false }}}
	source, err := o.source(context.Background(), folder, console.Notes{W: &out})
	if err != nil {
		t.Fatal(err)
	}
	s := &serving{t: t, addr: "127.0.0.1:0", source: serve.Options{Runs: []serve.Source{source}, Version: "vae", Line: lineOf, Draw: drawPicture, Watch: 50 * time.Millisecond}}
	s.start()
	t.Cleanup(func() { s.stop() })
	return s
}

// A person opens the page, drags the point, moves a slider, draws, selects, and copies a command.
func TestExploreInABrowser(t *testing.T) {
	browserPath(t)
	s, folder := exploredRun(t, "--latent", "6")
	b := openTab(t, "http://"+s.addr+"/", 1300, 850)
	b.until("points", "window.page?.state.run && page.scatter.n === page.state.run.images && page.state.z.length === page.state.run.latent")
	b.until("a decoded image", decodedPixels+`.length > 300`)
	b.until("labels", `document.querySelectorAll("#legend button").length === 10`)
	b.until("neighbors", `document.querySelectorAll("#near tbody tr").length === 8`)
	b.picture("pca")

	// the point follows the pointer
	before := js[string](b, decodedPixels)
	b.do(chromedp.DragAndDropXY(400, 400, 520, 300, 8))
	b.until("another image", decodedPixels+" !== "+fmt.Sprintf("%q", before))
	at := js[[]float64](b, `page.scatter.toScreen(...page.scatter.cursor).map((v, i) => v / page.scatter.ratio + document.getElementById("canvas").getBoundingClientRect()[i ? "top" : "left"])`)
	if at[0] < 515 || at[0] > 525 || at[1] < 295 || at[1] > 305 {
		t.Errorf("dragged to 520, 300, the cursor is at %v", at)
	}
	// and the keys
	b.do(chromedp.Focus(chromedp.CSS("#canvas")), chromedp.KeyEvent("\u0302")) // arrow left
	// a slider
	js[any](b, `{ const s = document.querySelector("#sliders input"); s.value = s.max; s.dispatchEvent(new Event("input")); null }`)
	b.until("the slider's z", `document.querySelector("#sliders input").value > 1 && Math.abs(page.state.z[page.state.run.latents[0].number] - document.querySelector("#sliders input").value) < 1e-3`)
	// draw
	js[any](b, `document.getElementById("pad").scrollIntoView({ block: "center" })`)
	time.Sleep(300 * time.Millisecond) // until the neighbors of the last z are there
	box := js[[]float64](b, `{ const r = document.getElementById("pad").getBoundingClientRect(); [r.left, r.top] }`)
	b.do(chromedp.DragAndDropXY(box[0]+70, box[1]+25, box[0]+72, box[1]+115, 10))
	b.until("what the drawing is", `document.querySelectorAll("#scores .bars b").length === Math.min(8, page.state.run.latent)`)
	b.until("the drawing beside its reconstruction", `!document.getElementById("original").hidden && page.scatter.drawing`)
	js[any](b, `{ document.getElementById("scores").open = true; document.getElementById("side").scrollTop = 0; null }`)
	b.picture("draw")
	// select
	b.do(chromedp.Click(chromedp.CSS(`[data-mode="lasso"]`)))
	js[any](b, `{ const c = document.getElementById("canvas"), r = c.getBoundingClientRect();
		const send = (name, x, y) => c.dispatchEvent(new PointerEvent(name, { pointerId: 1, clientX: r.left + x, clientY: r.top + y, button: 0, bubbles: true }));
		c.setPointerCapture = () => {};
		send("pointerdown", 200, 200); send("pointermove", 700, 200); send("pointermove", 700, 700); send("pointermove", 200, 700); send("pointerup", 200, 700); null }`)
	b.until("a selection", `document.querySelector("#chosen canvas") && page.scatter.chosen.size > 100`)
	js[any](b, `document.getElementById("chosen").scrollIntoView({ block: "end" })`)
	b.picture("select")
	b.do(chromedp.Click(chromedp.CSS(`[data-mode="move"]`)))
	js[any](b, `page.scatter.heard.select([])`)
	// a picture, which is that of the command that is copied
	js[any](b, `page.scatter.heard.pick(3, true), page.scatter.heard.pick(4, true), null`)
	b.do(chromedp.Click(chromedp.CSS("#picture")))
	b.until("a picture", `document.querySelector("#strip img")?.naturalWidth > 100`)
	b.do(chromedp.Click(chromedp.CSS("#copy")))
	b.until("a command", `document.getElementById("line").textContent.includes("vae interpolate")`)
	drawn := js[[]byteValue](b, `fetch(performance.getEntriesByType("resource").find(e => e.name.includes("kind=interpolate")).name).then(r => r.arrayBuffer()).then(b => [...new Uint8Array(b)])`)
	checkCommand(t, folder, js[string](b, `document.getElementById("line").textContent`), drawn)
	if scrolled := js[float64](b, "document.scrollingElement.scrollTop"); scrolled != 0 {
		t.Errorf("the page as a whole is scrolled by %g pixels: something sticks out of it", scrolled)
	}
	b.picture("path")
	// another map, which is made meanwhile
	js[any](b, `{ const m = document.getElementById("map"); m.value = "tsne"; m.dispatchEvent(new Event("change")); null }`)
	b.until("t-SNE", `page.state.shown === "tsne"`)
	b.picture("tsne")
	b.clean()
}

type byteValue = int

// checkCommand runs a line that was copied and compares what it draws.
func checkCommand(t *testing.T, folder, line string, drawn []byteValue) {
	t.Helper()
	line, _, ok := strings.Cut(line, " > ")
	words := strings.Fields(line)
	if !ok || words[0] != "vae" || !strings.Contains(line, folder) {
		t.Fatalf("copied %q", line)
	}
	var out, fault bytes.Buffer
	if code := Run(context.Background(), words[1:], streamsTo(&out, &fault)); code != 0 {
		t.Fatalf("%s: %d, %s", line, code, fault.String())
	}
	if out.Len() != len(drawn) {
		t.Fatalf("%s draws %d bytes, the page %d", line, out.Len(), len(drawn))
	}
	for i, v := range out.Bytes() {
		if int(v) != drawn[i] {
			t.Fatalf("%s: byte %d is another", line, i)
		}
	}
}

// A server that goes away while the point is dragged is missed, and the page goes on when it is back.
func TestExploreWhenTheServerGoes(t *testing.T) {
	browserPath(t)
	s, _ := exploredRun(t, "--latent", "2")
	b := openTab(t, "http://"+s.addr+"/", 1000, 700)
	b.until("points", "window.page && page.scatter.n >= 2000")
	b.do(chromedp.Click(chromedp.CSS("#backdrop")))
	b.until("what the two latents are decoded to, behind the points", "page.scatter.backdrop?.length === 256")
	js[any](b, `{ const c = document.getElementById("color"); c.value = "bound"; c.dispatchEvent(new Event("change")); null }`)
	b.until("colors by the bound", `document.getElementById("legend").textContent.startsWith("bound: ")`)
	js[any](b, `{ const c = document.getElementById("color"); c.value = "label"; c.dispatchEvent(new Event("change")); null }`)
	b.until("labels", `document.querySelectorAll("#legend button").length === 10`)
	b.picture("backdrop")
	b.do(chromedp.Click(chromedp.CSS("#backdrop")))
	b.away(true)
	s.stop()
	b.do(chromedp.DragAndDropXY(300, 300, 350, 350, 4))
	b.until("a word of it", `document.getElementById("state").textContent.includes("does not answer")`)
	s.start()
	b.until("that it is back", `document.getElementById("state").textContent === ""`)
	b.away(false)
	before := js[string](b, decodedPixels)
	b.do(chromedp.DragAndDropXY(300, 300, 420, 420, 4))
	b.until("another image", decodedPixels+" !== "+fmt.Sprintf("%q", before))
	b.clean()
}

// Two runs stand side by side; what is selected in one is in both.
func TestExploreTwoRuns(t *testing.T) {
	browserPath(t)
	s, _ := exploredRun(t, "--latent", "2")
	other, _ := exploredRun(t, "--latent", "5")
	if *otherRun != "" {
		other = servedRun(t, *otherRun, 10_000)
	}
	s.source.Runs = append(s.source.Runs, other.source.Runs...)
	s.stop()
	s.start()
	b := openTab(t, "http://"+s.addr+"/", 1300, 850)
	b.until("points", "window.page && page.scatter.n >= 2000")
	js[any](b, `{ const c = document.getElementById("beside"); c.value = "1"; c.dispatchEvent(new Event("change")); null }`)
	b.until("the other run, and both in figures", `!document.getElementById("other").hidden && document.getElementById("compared").textContent.includes("neighbors shared")`)
	js[any](b, `page.scatter.heard.select(Array.from(page.scatter.values.keys()).filter(i => page.scatter.values[i] === 4)), null`)
	b.until("a selection in both", `[page.scatter, page.beside].every(m => m.chosen.has(4) && !m.chosen.has(9) && m.chosen.size > 100) && page.beside.n === page.scatter.n`)
	js[any](b, `document.getElementById("compared").scrollIntoView({ block: "end" })`)
	b.picture("two")
	js[any](b, `{ const c = document.getElementById("run"); c.value = "1"; c.dispatchEvent(new Event("change")); null }`)
	b.until("the other run by itself", `page.state.run.number === 1 && page.state.z.length === page.state.run.latent && document.querySelectorAll("#sliders input").length === Math.min(10, page.state.run.latent)`)
	b.clean()
}

// On a narrow screen the page is one column that scrolls.
func TestExploreOnAPhone(t *testing.T) {
	browserPath(t)
	s, _ := exploredRun(t, "--latent", "2")
	b := openTab(t, "http://"+s.addr+"/", 390, 800)
	b.until("points", "window.page && page.scatter.n >= 2000")
	if wide := js[float64](b, "document.documentElement.scrollWidth"); wide > 390 {
		t.Errorf("the page is %g pixels wide on a screen of 390", wide)
	}
	b.picture("phone")
	b.clean()
}
