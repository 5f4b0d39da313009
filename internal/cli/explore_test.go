package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"weak"

	"vae/internal/console"
	"vae/internal/run"
)

// smallRun trains a small model on digits.
func smallRun(t testing.TB, settings ...string) (folder string) {
	t.Helper()
	return newRun(t, append([]string{"--limit", "300", "--epochs", "1", "--hidden", "16", "--latent", "3", "--validation", "0"}, settings...)...)
}

// newRun trains by the settings, in a folder and with a home that go with the test.
func newRun(t testing.TB, settings ...string) (folder string) {
	t.Helper()
	t.Setenv("HOME", t.TempDir())
	folder = filepath.Join(t.TempDir(), "run")
	var out bytes.Buffer
	if code := Run(context.Background(), append([]string{"train", "--run", folder, "-q"}, settings...), streamsTo(&out, &out)); code != 0 {
		t.Fatalf("%d: %s", code, out.String())
	}
	return folder
}

func streamsTo(out, fault io.Writer) console.Streams {
	return console.Streams{In: strings.NewReader(""), Out: out, Err: fault, Size: func() (int, int) { return 80, 24 }, Env: func(string) string { return "" }}
}

// explored is the address of a run that is served, until the test ends.
func explored(t *testing.T, args ...string) (address string, end func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	code := make(chan int, 1)
	go func() {
		var fault bytes.Buffer
		c := Run(ctx, append([]string{"explore", "--port", "0", "-n", "200"}, args...), streamsTo(w, &fault))
		if c != 0 {
			t.Log(fault.String())
		}
		w.CloseWithError(io.EOF)
		code <- c
	}()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("no address: %v, exit code %d", err, <-code)
	}
	ended := false
	end = func() int {
		if ended {
			return 0
		}
		ended = true
		cancel()
		return <-code
	}
	t.Cleanup(func() { end() })
	return strings.TrimSpace(line), end
}

func TestExploreServesUntilItIsStopped(t *testing.T) {
	folder := smallRun(t)
	address, end := explored(t, folder)
	a, err := http.Get(address)
	if err != nil || a.StatusCode != http.StatusOK {
		t.Fatalf("%v, %v", a, err)
	}
	a.Body.Close()
	if code := end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if _, err := http.Get(address); err == nil {
		t.Error("it still answers")
	}
}

// With a token the address brings it, and any host is answered that does.
func TestExploreWithAToken(t *testing.T) {
	folder := smallRun(t)
	address, _ := explored(t, folder, "--token", "a long secret & more")
	bare, _, _ := strings.Cut(address, "?")
	a, err := http.Get(bare)
	if err != nil || a.StatusCode != http.StatusUnauthorized {
		t.Errorf("without it: %v, %v", a, err)
	}
	a.Body.Close()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	a, err = client.Get(address)
	if err != nil || a.StatusCode != http.StatusSeeOther {
		t.Errorf("with it: %v, %v", a, err)
	}
	a.Body.Close()
}

// bomb is the beginning of a PNG that claims a size.
func bomb(width, height uint32) []byte {
	head := binary.BigEndian.AppendUint32(nil, width)
	head = append(binary.BigEndian.AppendUint32(head, height), 8, 2, 0, 0, 0)
	chunk := append([]byte("IHDR"), head...)
	b := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	return binary.BigEndian.AppendUint32(append(b, chunk...), crc32.ChecksumIEEE(chunk))
}

// Images that are sent are read as the commands read them: what claims to be huge is refused before there is memory for it.
func TestExploreUploads(t *testing.T) {
	address, _ := explored(t, smallRun(t))
	send := func(body []byte, query string) (int, string) {
		a, err := http.Post(address+"api/runs/0/encode"+query, "image/png", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		text, err := io.ReadAll(a.Body)
		if err != nil {
			t.Fatal(err)
		}
		return a.StatusCode, string(text)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for name, body := range map[string][]byte{"nothing": nil, "text": []byte("no image"), "bomb": bomb(60_000, 60_000), "beginning": bomb(28, 28)} {
		status, text := send(body, "")
		if status != http.StatusUnprocessableEntity || strings.Count(text, "\n") != 1 || !strings.Contains(text, "no image that can be read") {
			t.Errorf("%s: %d, %q", name, status, text)
		}
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 200<<20 {
		t.Errorf("%d bytes for images that are none", took)
	}
	m := image.NewGray(image.Rect(0, 0, 56, 56))
	for x := 20; x < 36; x++ {
		for y := 8; y < 48; y++ {
			m.SetGray(x, y, color.Gray{255})
		}
	}
	var file bytes.Buffer
	if err := png.Encode(&file, m); err != nil {
		t.Fatal(err)
	}
	input := func(query string) []byte {
		status, text := send(file.Bytes(), query)
		var e struct{ Input []byte }
		if err := json.Unmarshal([]byte(text), &e); err != nil || status != http.StatusOK || len(e.Input) != 784 {
			t.Fatalf("%d, %v: %.200s", status, err, text)
		}
		return e.Input
	}
	if in := input(""); in[14*28+14] != 255 || in[0] != 0 {
		t.Error("other pixels than the file's")
	}
	if in := input("?invert=1"); in[14*28+14] != 0 || in[0] != 255 {
		t.Error("not inverted")
	}
}

// What a server holds of a run is not its first model, which would lie in memory for as long as the page is served.
func TestExploreHoldsNoModel(t *testing.T) {
	folder := smallRun(t)
	m, err := loadModelOf("vae explore", folder)
	if err != nil {
		t.Fatal(err)
	}
	o := &exploreOptions{}
	data, split, err := (&measuring{split: "test"}).load(context.Background(), m, console.Notes{Quiet: true, W: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	first := weak.Make(m.Model)
	source := o.sourceOf(m.file, m.Shape(), data, split)
	m = nil
	for range 20 {
		runtime.GC()
		if first.Value() == nil {
			break
		}
	}
	if first.Value() != nil {
		t.Error("the first model is held")
	}
	if _, _, err := source.Load(); err != nil {
		t.Error(err)
	}
}

// Maps lie beside the run, whole or not at all; what is none is made anew.
func TestMapsAreKept(t *testing.T) {
	folder := t.TempDir()
	places := []float32{1, 2, 3, 4, 5, 6}
	one := run.MapName{Method: "tsne", Model: "0123456789abcdef", Rest: "fedcba9876543210"}
	if err := run.SaveMap(folder, one, places); err != nil {
		t.Fatal(err)
	}
	if got := run.LoadMap(folder, one, 3); !slices.Equal(got, places) {
		t.Errorf("%v", got)
	}
	for name, n := range map[run.MapName]int{one: 4, {Method: "umap", Model: one.Model, Rest: one.Rest}: 3} {
		if got := run.LoadMap(folder, name, n); got != nil {
			t.Errorf("%v of %d rows: %v", name, n, got)
		}
	}
}

// A map that is kept takes the place of those of models that the run no longer has, and no other file.
func TestMapsOfOtherModelsAreRemoved(t *testing.T) {
	folder := t.TempDir()
	name := func(method, model, rest string) run.MapName {
		return run.MapName{Method: method, Model: strings.Repeat(model, 16), Rest: strings.Repeat(rest, 16)}
	}
	places := []float32{1, 2}
	before := []run.MapName{name("tsne", "a", "1"), name("umap", "a", "2")}
	for _, n := range before {
		if err := run.SaveMap(folder, n, places); err != nil {
			t.Fatal(err)
		}
	}
	own := []string{"tsne-mine.npy", "notes.txt", "pca-aaaaaaaaaaaaaaaa-1111111111111111.npy", "tsne-aaaaaaaaaaaaaaaa-1111111111111111.npy.bak", "tsne-AAAAAAAAAAAAAAAA-1111111111111111.npy"}
	maps := filepath.Join(folder, run.MapsFolder)
	for _, file := range append(own, "tsne-aaaaaaaaaaaaaaaa.npy") { // the last as an older version had it
		if err := os.WriteFile(filepath.Join(maps, file), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(maps, "umap-cccccccccccccccc-1111111111111111.npy"), 0o777); err != nil {
		t.Fatal(err)
	}
	after := []run.MapName{name("tsne", "b", "1"), name("tsne", "b", "3"), name("umap", "b", "2")}
	for _, n := range after {
		if err := run.SaveMap(folder, n, places); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range before {
		if run.LoadMap(folder, n, 1) != nil {
			t.Errorf("%v is still there", n)
		}
	}
	for _, n := range after {
		if run.LoadMap(folder, n, 1) == nil {
			t.Errorf("%v is gone", n)
		}
	}
	entries, err := os.ReadDir(maps)
	if err != nil || len(entries) != len(own)+len(after)+1 {
		t.Errorf("%v, %v", entries, err)
	}
	for _, file := range own {
		if _, err := os.Stat(filepath.Join(maps, file)); err != nil {
			t.Error(err)
		}
	}
}

// A run that was removed does not come back for a map.
func TestMapsOfARunThatIsGone(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "run")
	if err := run.SaveMap(folder, run.MapName{Method: "tsne", Model: "0123456789abcdef", Rest: "0123456789abcdef"}, []float32{1, 2}); err == nil {
		t.Error("kept")
	}
	if _, err := os.Stat(folder); err == nil {
		t.Error("the folder is there again")
	}
}

// The page says which images it shows: those of the test, or all of a folder that has none apart.
func TestExploreSaysWhatIsShown(t *testing.T) {
	folder := smallRun(t)
	own := unlabelled(t, 40)
	ofOwn := smallRun(t, "--data", own)
	for data, want := range map[string]string{"": "test images of mnist", unlabelled(t, 3): "images of ", own: "test images of "} {
		args := []string{folder}
		if data == own {
			args, want = []string{ofOwn}, want+filepath.Base(data)
		} else if data != "" {
			args, want = append(args, "--data", data), want+filepath.Base(data)
		}
		address, end := explored(t, args...)
		a, err := http.Get(address + "api/runs")
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ Runs []struct{ Shown string } }
		if err := json.NewDecoder(a.Body).Decode(&got); err != nil || got.Runs[0].Shown != want {
			t.Errorf("%v: %v, %+v, want %q", args, err, got, want)
		}
		a.Body.Close()
		if code := end(); code != 0 {
			t.Errorf("exit code %d", code)
		}
	}
}
