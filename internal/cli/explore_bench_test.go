package cli

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// probe is put into each page before its own scripts, and writes down when what is drawn.
//
//go:embed testdata/probe.js
var probe string

// readings are numbers of milliseconds, or whatever else, that a benchmark has gathered.
type readings []float64

// percentile is the figure that p of 100 do not exceed.
func (f readings) percentile(p float64) float64 {
	sorted := slices.Sorted(slices.Values(f))
	return sorted[int(math.Ceil(p/100*float64(len(sorted)-1)))]
}

// report reports percentiles, 50 the median and 100 the worst, by these names; the time of an iteration says nothing here.
func (f readings) report(b *testing.B, unit string, percentiles map[float64]string) {
	b.ReportMetric(0, "ns/op")
	for p, name := range percentiles {
		b.ReportMetric(f.percentile(p), unit+"/"+name)
	}
}

// milliseconds since 1970, as the pages' own.
func milliseconds(t time.Time) float64 { return float64(t.UnixNano()) / 1e6 }

// builtProgram is the program as `make build` makes it. newRun comes after it, as Go finds its caches in the person's own home.
func builtProgram(b *testing.B) string {
	b.Helper()
	file := filepath.Join(b.TempDir(), "vae")
	c := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", file, "vae/cmd/vae")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := c.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, text)
	}
	return file
}

// explorer is a `vae explore` that runs.
type explorer struct {
	address string
	process *os.Process
	end     func()
}

// startExplorer starts the program as a person does, and waits for its address.
func startExplorer(b *testing.B, program string, args ...string) explorer {
	b.Helper()
	var fault bytes.Buffer
	c := exec.Command(program, append([]string{"explore", "--port", "0", "--no-browser"}, args...)...)
	c.Stderr = &fault
	out, err := c.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	ended := false
	e := explorer{process: c.Process, end: func() {
		if ended {
			return
		}
		ended = true
		if c.Process.Signal(os.Interrupt) != nil { // as on Windows
			_ = c.Process.Kill()
		}
		_ = c.Wait()
	}}
	b.Cleanup(e.end)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		e.end()
		b.Fatalf("no address: %v, %s", err, fault.String())
	}
	e.address = strings.TrimSpace(line)
	return e
}

// probed is a browser whose pages have the probe.
func probed(b *testing.B) *tab {
	b.Helper()
	t := startBrowser(b, 1300, 850)
	if _, err := chromedp.Call(t.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: probe}); err != nil {
		b.Fatal(err)
	}
	return t
}

// explore opens the page of a run in a browser, and waits until it has come to rest.
func (b *tab) explore(address string, points int) {
	b.t.Helper()
	b.open(address)
	b.until("points", fmt.Sprintf("window.page && page.scatter.n === %d && probe.frames.length", points))
	b.until("neighbors", `document.querySelectorAll("#near tbody tr").length === 8`)
	time.Sleep(500 * time.Millisecond)
}

// center is the middle of the map, and how far its nearest edge is.
func (b *tab) center() (x, y, reach float64) {
	b.t.Helper()
	at := js[[]float64](b, `{ const r = document.getElementById("canvas").getBoundingClientRect(); [r.left + r.width / 2, r.top + r.height / 2, Math.min(r.width, r.height) / 2] }`)
	return at[0], at[1], at[2]
}

func (b *tab) mouse(kind input.DispatchMouseEventType, x, y float64, button chromedp.MouseOption) {
	b.t.Helper()
	b.do(chromedp.MouseEvent(kind, x, y, button, func(p *input.DispatchMouseEventParams) { p.ClickCount = 1 }))
}

// circle drags the mouse once around the middle of the map, at a part of the way to its edge; after each of the moves it waits for what
// probe.wait names.
func (b *tab) circle(moves int, part float64, button chromedp.MouseOption, wait string) {
	b.t.Helper()
	x, y, reach := b.center()
	at := func(i int) (float64, float64) {
		turn := 2 * math.Pi * float64(i) / float64(moves) * max(1, float64(moves)/50)
		return x + part*reach*math.Cos(turn), y + part*reach*math.Sin(turn)
	}
	px, py := at(0)
	b.mouse(chromedp.MousePressed, px, py, button)
	for i := 1; i <= moves; i++ {
		px, py = at(i)
		count := js[int](b, "probe."+wait+".length")
		b.mouse(chromedp.MouseMoved, px, py, button)
		js[any](b, fmt.Sprintf("probe.more(%q, %d)", wait, count))
	}
	b.mouse(chromedp.MouseReleased, px, py, button)
}

// From the start of the program to 10,000 points on the canvas of a browser that is open, and what the page weighs without data.
func BenchmarkExploreFirstPoints(b *testing.B) {
	browserPath(b)
	program, folder := builtProgram(b), newRun(b, "--latent", "20", "--epochs", "1")
	t := probed(b)
	var address, drawn readings
	var kilobytes float64
	for b.Loop() {
		start := milliseconds(time.Now())
		e := startExplorer(b, program, folder)
		address = append(address, milliseconds(time.Now())-start)
		t.open(e.address)
		t.until("points", "window.probe?.frames.some(f => f.points === 10000)")
		drawn = append(drawn, js[float64](t, "probe.frames.find(f => f.points === 10000).at")-start)
		t.until("the whole page", `document.querySelectorAll("#near tbody tr").length === 8`)
		kilobytes = js[float64](t, "probe.bytes()") / 1000
		t.do(chromedp.Navigate("about:blank"))
		e.end()
	}
	drawn.report(b, "ms", map[float64]string{50: "first-points", 100: "first-points-worst"})
	address.report(b, "ms", map[float64]string{50: "address"})
	b.ReportMetric(kilobytes, "page-kB")
	t.clean()
}

// From an event of the mouse to the decoded picture on the canvas, in drags of 500 moves: from when the page hears of it, and from when it is
// sent to the browser, which hands on events of the mouse once a frame.
func BenchmarkExploreDrag(b *testing.B) {
	browserPath(b)
	program := builtProgram(b)
	for _, network := range []struct {
		name     string
		settings []string
	}{
		{"dense", nil},
		{"conv", []string{"--limit", "2000", "--encoder", "conv:32:4:2:1,relu,conv:64:4:2:1,relu,dense:256,relu"}},
	} {
		b.Run("network="+network.name, func(b *testing.B) {
			e := startExplorer(b, program, newRun(b, append([]string{"--latent", "20", "--epochs", "1"}, network.settings...)...))
			t := probed(b)
			t.explore(e.address, 10_000)
			for b.Loop() {
				t.circle(500, 0.6, chromedp.ButtonLeft, "pictures")
			}
			js[readings](t, "probe.pictures.map(p => p.heard)").report(b, "ms", map[float64]string{50: "p50", 95: "p95"})
			js[readings](t, "probe.pictures.map(p => p.sent)").report(b, "ms", map[float64]string{50: "p50-sent", 95: "p95-sent"})
			t.clean()
		})
	}
}

// A frame of so many points in ten colors, of a hundred while the map is panned.
func BenchmarkExploreFrame(b *testing.B) {
	browserPath(b)
	program, folder := builtProgram(b), smallRun(b)
	for _, points := range []int{70_000, 1_000_000} {
		b.Run("points="+strconv.Itoa(points), func(b *testing.B) {
			e := startExplorer(b, program, folder, "-n", "200")
			t := probed(b)
			t.explore(e.address, 200)
			js[any](t, fmt.Sprintf("probe.cloud(%d)", points))
			t.until("the points", fmt.Sprintf("probe.frames.some(f => f.points === %d)", points))
			before := js[int](t, "probe.frames.length")
			for b.Loop() {
				t.circle(100, 0.1, chromedp.ButtonRight, "frames")
			}
			js[readings](t, fmt.Sprintf("probe.frames.slice(%d).map(f => f.ms)", before)).report(b, "ms", map[float64]string{50: "frame", 95: "frame-p95"})
			t.clean()
		})
	}
}

// From the release of the mouse to the selection of most of so many images on the map, and to what is said of it.
func BenchmarkExploreLasso(b *testing.B) {
	browserPath(b)
	program := builtProgram(b)
	const images = 400_000
	b.Run("points="+strconv.Itoa(images), func(b *testing.B) {
		data := filepath.Join(b.TempDir(), "noise")
		idxImages(b, data, 4, 2000, images)
		e := startExplorer(b, program, newRun(b, "--data", data, "--hidden", "16", "--latent", "5", "--epochs", "1", "--validation", "0"))
		t := probed(b)
		t.explore(e.address, images)
		t.do(chromedp.Click(chromedp.CSS(`[data-mode="lasso"]`)))
		for b.Loop() {
			js[any](t, "page.scatter.heard.select([]), null")
			count := js[int](t, "probe.selections.length")
			t.circle(50, 0.6, chromedp.ButtonLeft, "frames")
			t.until("a selection", fmt.Sprintf("probe.selections.length > %d && probe.selections.at(-1).said", count))
		}
		js[readings](t, "probe.selections.map(s => s.drawn)").report(b, "ms", map[float64]string{50: "selected", 100: "selected-worst"})
		js[readings](t, "probe.selections.map(s => s.said)").report(b, "ms", map[float64]string{50: "said"})
		b.ReportMetric(js[float64](t, "probe.selections.at(-1).images"), "images")
		t.clean()
	})
}

// What a client asks for as a point is dragged, 5,000 times an iteration: the memory of the server before, halfway and after,
// and how long an answer takes.
func BenchmarkExploreMemory(b *testing.B) {
	if runtime.GOOS != "linux" {
		b.Skip("the memory of another process is read on Linux only")
	}
	e := startExplorer(b, builtProgram(b), newRun(b, "--latent", "20", "--epochs", "1"))
	ask := func(method, path string, body []byte) {
		r, err := http.NewRequest(method, e.address+"api/runs/0"+path, bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		defer a.Body.Close()
		if n, err := io.Copy(io.Discard, a.Body); err != nil || n == 0 || a.StatusCode != http.StatusOK {
			b.Fatalf("%s: %s, %d bytes, %v", path, a.Status, n, err)
		}
	}
	megabytes := func() float64 { return float64(resident(strconv.Itoa(e.process.Pid))) * 1024 / 1e6 }
	for _, path := range []string{"", "/points?map=pca", "/values?of=label"} {
		ask(http.MethodGet, path, nil)
	}
	random, z := rand.New(rand.NewPCG(1, 2)), make([]float32, 20)
	var memory, took readings
	memory = append(memory, megabytes())
	for b.Loop() {
		for range 5000 {
			for j := range z {
				z[j] = float32(random.NormFloat64())
			}
			body, _ := binary.Append(nil, binary.LittleEndian, z)
			start := time.Now()
			ask(http.MethodPost, fmt.Sprintf("/at?map=pca&x=%g&y=%g", random.NormFloat64(), random.NormFloat64()), body)
			took = append(took, 1000*time.Since(start).Seconds())
		}
		memory = append(memory, megabytes())
	}
	took.report(b, "ms", map[float64]string{50: "p50", 95: "p95"})
	b.ReportMetric(memory[0], "MB-before")
	b.ReportMetric(memory[len(memory)/2], "MB-halfway")
	b.ReportMetric(memory[len(memory)-1], "MB-after")
	b.ReportMetric(float64(len(took)), "requests")
}
