package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// need checks the number of arguments of a script command.
func need(ts *testscript.TestScript, ok bool, usage string) {
	if !ok {
		ts.Fatalf("usage: %s", usage)
	}
}

func number(ts *testscript.TestScript, text string) int {
	n, err := strconv.ParseInt(text, 0, 64)
	ts.Check(err)
	return int(n)
}

// exitCode is that of the program with the arguments.
func exitCode(ts *testscript.TestScript, args []string) int {
	err := ts.Exec("vae", args...)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Fatalf("%v", err)
	}
	if err != nil {
		return exit.ExitCode()
	}
	return 0
}

// exits checks the exit code: exits CODE ARGS...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, len(args) > 1 && !neg, "exits CODE ARGS...")
	if got, want := exitCode(ts, args[1:]), number(ts, args[0]); got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// refuse checks that the program fails as it should: with the exit code, with
// nothing on stdout, with one line on stderr that begins with "vae: " and
// matches, and with no file made, changed or removed.
func refuse(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, len(args) > 2 && !neg, "refuse CODE REGEXP ARGS...")
	before := snapshot(ts)
	code := exitCode(ts, args[2:])
	after := snapshot(ts)
	stdout, stderr := ts.ReadFile("stdout"), ts.ReadFile("stderr")
	switch want := number(ts, args[0]); {
	case code != want:
		ts.Fatalf("exit code %d, want %d", code, want)
	case stdout != "":
		ts.Fatalf("stdout is not empty")
	case !strings.HasPrefix(stderr, "vae: ") || strings.Count(stderr, "\n") != 1 || !strings.HasSuffix(stderr, "\n"):
		ts.Fatalf("stderr is not one line of \"vae: ...\"")
	case !regexp.MustCompile(args[1]).MatchString(strings.TrimSuffix(stderr, "\n")):
		ts.Fatalf("stderr does not match %q", args[1])
	case before != after:
		ts.Fatalf("files were changed; before:\n%safter:\n%s", before, after)
	}
}

// tree prints the files below a folder, one a line, sorted.
func tree(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, len(args) == 1 && !neg, "tree FOLDER")
	root := ts.MkAbs(args[0])
	ts.Check(filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(root, path)
		fmt.Fprintln(ts.Stdout(), filepath.ToSlash(rel))
		return err
	}))
}

// same checks that all files have (or two have not) the same bytes.
func same(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, len(args) == 2 || len(args) > 2 && !neg, "[!] same FILE FILE...")
	for _, other := range args[1:] {
		if equal := ts.ReadFile(args[0]) == ts.ReadFile(other); equal == neg {
			ts.Fatalf("%s and %s: same content is %v", args[0], other, equal)
		}
	}
}

// lines checks the number of lines of a file.
func lines(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, len(args) == 2 && !neg, "lines N FILE")
	if got := strings.Count(ts.ReadFile(args[1]), "\n"); got != number(ts, args[0]) {
		ts.Fatalf("%s has %d lines, want %s", args[1], got, args[0])
	}
}

// head prints the first lines of a file.
func head(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, len(args) == 2 && !neg, "head LINES FILE")
	all := strings.SplitAfter(ts.ReadFile(args[1]), "\n")
	fmt.Fprint(ts.Stdout(), strings.Join(all[:min(len(all), number(ts, args[0]))], ""))
}

// tail prints the last lines of a file.
func tail(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, len(args) == 2 && !neg, "tail LINES FILE")
	all := strings.SplitAfter(strings.TrimSuffix(ts.ReadFile(args[1]), "\n"), "\n")
	fmt.Fprintln(ts.Stdout(), strings.Join(all[max(0, len(all)-number(ts, args[0])):], ""))
}

// sub prints a file with text replaced: sub OLD NEW FILE
func sub(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, len(args) == 3 && !neg, "sub OLD NEW FILE")
	fmt.Fprint(ts.Stdout(), strings.ReplaceAll(ts.ReadFile(args[2]), args[0], args[1]))
}

// size checks the bytes of a file.
func size(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, len(args) == 2 && !neg, "size FILE BYTES")
	if got := len(ts.ReadFile(args[0])); got != number(ts, args[1]) {
		ts.Fatalf("%s has %d bytes, want %s", args[0], got, args[1])
	}
}

// repeat runs a command again with the seed that a note says: repeat NOTE
// COMMAND ARGS...
func repeat(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, len(args) > 1 && !neg, "repeat NOTE COMMAND ARGS...")
	flag := regexp.MustCompile(`--seed \d+`).FindString(ts.ReadFile(args[0]))
	ts.Check(ts.Exec(args[1], append(args[2:], strings.Fields(flag)...)...))
}

// shorten cuts a file to its first bytes.
func shorten(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, len(args) == 2 && !neg, "shorten FILE BYTES")
	ts.Check(os.Truncate(ts.MkAbs(args[0]), int64(number(ts, args[1]))))
}

// picture checks size and colors of a PNG: picture FILE 92x92 gray|color|binary.
// Binary is gray with no other values than 0 and 255.
func picture(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, len(args) == 3 && !neg, "picture FILE WxH gray|color|binary")
	img, err := png.Decode(strings.NewReader(ts.ReadFile(args[0])))
	ts.Check(err)
	if got := fmt.Sprintf("%dx%d", img.Bounds().Dx(), img.Bounds().Dy()); got != args[1] {
		ts.Fatalf("%s is %s, want %s", args[0], got, args[1])
	}
	gray, isGray := img.(*image.Gray)
	if isGray == (args[2] == "color") {
		ts.Fatalf("%s is %T, want %s", args[0], img, args[2])
	}
	if args[2] == "binary" && len(bytes.Trim(gray.Pix, "\x00\xff")) > 0 {
		ts.Fatalf("%s has pixels that are neither black nor white", args[0])
	}
}

// writeImage writes a PNG whose content depends on its name alone, light on
// dark: image FILE WxH gray|color|inverted|black|translucent|mask|deep. A mask has the values 0 and 1 of
// 8 bits, deep those of 12 bits in 16.
func writeImage(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, len(args) == 3 && !neg, "image FILE WxH gray|color|inverted|black|translucent|mask|deep")
	var w, h int
	_, err := fmt.Sscanf(args[1], "%dx%d", &w, &h)
	ts.Check(err)
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		v := pixel(len(args[0])+int(args[0][len(args[0])-5]), i%w, i/w)
		c := color.NRGBA{v, v, v, 255}
		switch args[2] {
		case "color":
			c.G = v / 2
		case "inverted":
			c = color.NRGBA{255 - v, 255 - v, 255 - v, 255}
		case "black":
			c = color.NRGBA{v & 128 / 128 * 255, v & 128 / 128 * 255, v & 128 / 128 * 255, 255}
		case "translucent":
			c.G, c.A = v/2, 128
		}
		img.Set(i%w, i/w, c)
	}
	var b bytes.Buffer
	switch args[2] {
	case "mask":
		ts.Check(png.Encode(&b, grayOf(img, func(v uint8) color.Gray16 { return color.Gray16{Y: min(uint16(v), 1) * 0x101} }, image.NewGray(img.Rect))))
	case "deep":
		ts.Check(png.Encode(&b, grayOf(img, func(v uint8) color.Gray16 { return color.Gray16{Y: uint16(v) * 16} }, image.NewGray16(img.Rect))))
	default:
		ts.Check(png.Encode(&b, img))
	}
	writeBytes(ts, args[0], b.Bytes())
}

// grayOf draws the greys of img, changed, on to.
func grayOf(img *image.NRGBA, change func(uint8) color.Gray16, to draw.Image) image.Image {
	for i := range img.Rect.Dx() * img.Rect.Dy() {
		x, y := i%img.Rect.Dx(), i/img.Rect.Dx()
		to.Set(x, y, change(img.NRGBAAt(x, y).R))
	}
	return to
}

// writeImages makes a folder of PNGs that differ: images FOLDER N WxH gray|color.
func writeImages(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, len(args) == 4 && !neg, "images FOLDER N WxH gray|color")
	for i := range number(ts, args[1]) {
		writeImage(ts, false, []string{fmt.Sprintf("%s/%03d%c.png", args[0], i, 'a'+i*7%26), args[2], args[3]})
	}
}

// pixel is a pattern of few light pixels on a dark ground.
func pixel(kind, x, y int) uint8 {
	if (x+kind%10*y)%8 > 1 {
		return 0
	}
	return uint8(255 - 20*(y%4))
}

func writeBytes(ts *testscript.TestScript, file string, content []byte) {
	file = ts.MkAbs(file)
	ts.Check(os.MkdirAll(filepath.Dir(file), 0o777))
	ts.Check(os.WriteFile(file, content, 0o666))
}

// signals are what interrupt can send.
var signals = map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP, "QUIT": syscall.SIGQUIT}

// interrupt starts the program, waits until a file exists, sends a signal and
// checks that the program exits with 128 and its number: interrupt SIGNAL FILE
// ARGS...
func interrupt(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, len(args) > 2 && !neg && signals[args[0]] != 0, "interrupt INT|TERM|HUP|QUIT FILE ARGS...")
	sent := signals[args[0]]
	args = args[1:]
	if signal.Ignored(sent) { // as SIGHUP and others are under nohup, which the program would inherit and respect
		sent = syscall.SIGTERM
	}
	if runtime.GOOS == "windows" {
		ts.Fatalf("a process cannot be interrupted from another one on Windows")
	}
	program, err := exec.LookPath("vae")
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, program, args[1:]...)
	c.Dir = ts.MkAbs(".")
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "TMPDIR", "PATH", "GORACE"} {
		c.Env = append(c.Env, name+"="+ts.Getenv(name))
	}
	c.Stdout, c.Stderr = ts.Stdout(), ts.Stderr()
	ts.Check(c.Start())
	defer c.Process.Kill()
	awaitFile(ts, args[0])
	ts.Check(c.Process.Signal(sent))
	if err := c.Wait(); c.ProcessState.ExitCode() != 128+int(sent) {
		ts.Fatalf("%v, want exit code %d", err, 128+int(sent))
	}
}

// shards packs a folder of labels into shards of so many samples in WebDataset's form, PREFIX-0.tar and so on: shards FOLDER PREFIX SAMPLES.
func shards(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, len(args) == 3 && !neg, "shards FOLDER PREFIX SAMPLES")
	files, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "*", "*.png"))
	ts.Check(err)
	for s := 0; s*number(ts, args[2]) < len(files); s++ {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for _, file := range files[s*number(ts, args[2]) : min((s+1)*number(ts, args[2]), len(files))] {
			content, err := os.ReadFile(file)
			ts.Check(err)
			key := strings.TrimSuffix(filepath.Base(file), ".png")
			for name, content := range map[string][]byte{key + ".png": content, key + ".cls": []byte(filepath.Base(filepath.Dir(file)))} {
				ts.Check(w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}))
				_, err := w.Write(content)
				ts.Check(err)
			}
		}
		ts.Check(w.Close())
		writeBytes(ts, fmt.Sprintf("%s-%d.tar", args[1], s), b.Bytes())
	}
}
