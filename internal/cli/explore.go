package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/model"
	"vae/internal/run"
	"vae/internal/serve"
)

// explorePort is where the page is served unless --port names another place.
const explorePort = 8970

type exploreOptions struct {
	images    measuring
	host      string
	port      int
	token     string
	noBrowser bool
	export    string
	exported  func() bool // --export was given
}

func newExplore(s console.Streams) *cobra.Command {
	o := &exploreOptions{host: "127.0.0.1", port: explorePort}
	c := &cobra.Command{
		Use:   "explore [RUN...]",
		Short: "Open a page on which to move in the latent space",
		Long: `Serve a page on which to move in the latent space of a run, and open it in the browser:
a map of the codes of its test images, a point that is decoded as it is dragged, sliders
for the latents, a place to draw in. Nothing is loaded from elsewhere, and nobody
but this machine is answered.

Several runs are shown in turn. A run that is being trained is shown as it is, and again
when its model is another. Ctrl-C ends it.

--export writes the page of one run to a file that needs no server and no program: a map,
the images and the decoder with its weights. It can be mailed, and opens from a disk.

--host names another address to serve at, for others to see; who opens the page needs
the token then. What they send is shown to them and kept nowhere.`,
		Example: `  vae explore
  vae explore runs/0003-vae-z2 runs/0004-vae-z20
  vae explore --data photos/ --port 9000
  vae explore --export digits.html -n 2000
  vae explore --host 0.0.0.0 --token "$(head -c 15 /dev/urandom | base64)"`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error { return runExplore(c.Context(), o, args, s) },
	}
	f := c.Flags()
	m := &o.images
	m.samples = 0
	f.StringVar(&m.split, "split", "test", "images to show: test or validation")
	f.StringVar(&m.data, "data", "", "\"mnist\" or a `folder`: the training data where they are now, or others, of which the test images are shown, or all where none are apart")
	intFlag(f, &m.limit, "number", "n", "show so many images only")
	maxPixelsFlag(f, &m.pixels)
	f.BoolVar(&m.skipBad, "skip-bad", false, "leave out images that cannot be read, where they are an error else")
	f.StringVar(&o.host, "host", o.host, "`address` to serve at; one that others reach needs --token")
	intFlag(f, &o.port, "port", "", "port to serve at, 0 for any that is free")
	f.StringVar(&o.token, "token", "", "`word` that whoever opens the page must know")
	f.BoolVar(&o.noBrowser, "no-browser", false, "print the address, and open no browser")
	f.StringVar(&o.export, "export", "", "write the page of a run to this `file`, and serve nothing")
	explainEmpty(f, "export")
	o.exported = func() bool { return f.Changed("export") }
	f.BoolVarP(&m.quiet, "quiet", "q", false, "print the address and errors only")
	m.counted = func() bool { return f.Changed("number") }
	m.sampled = func() bool { return false }
	complete(c, "split", []string{"test", "validation"})
	explainEmpty(f, "split")
	return c
}

func (o *exploreOptions) check() error {
	if err := o.images.check(); err != nil {
		return err
	}
	ip := net.ParseIP(o.host)
	switch {
	case o.exported() && o.export == "":
		return usagef("--export is empty: name a file, such as page.html, or leave it out")
	case o.port < 0 || o.port > 65535:
		return usagef("--port %d: must be from 1 to 65535, or 0 for any that is free", o.port)
	case o.host != "localhost" && (ip == nil || !ip.IsLoopback()) && len(o.token) < leastToken:
		return usagef("--host %q: others reach that address: give a --token of at least %d letters that they must know, or leave it out", console.Brief(o.host), leastToken)
	}
	return nil
}

// leastToken is how long a token is at least, for nobody to guess it.
const leastToken = 12

func runExplore(ctx context.Context, o *exploreOptions, args []string, s console.Streams) error {
	if err := o.check(); err != nil {
		return err
	}
	if len(args) == 0 {
		args = []string{""}
	}
	notes := console.Notes{W: s.Err, Quiet: o.images.quiet}
	if o.exported() {
		return o.writePage(ctx, args, notes, s)
	}
	options := serve.Options{Token: o.token, Version: program(), Line: lineOf, Draw: drawPicture, Log: func(text string) { fmt.Fprintln(s.Err, "vae: "+text) }}
	for _, arg := range args {
		source, err := o.source(ctx, arg, notes)
		if err != nil {
			return err
		}
		options.Runs = append(options.Runs, source)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(o.host, fmt.Sprint(o.port)))
	if err != nil {
		return usagef("--host %q --port %d: cannot serve there: %q; name another with --port, or 0 for any that is free", console.Brief(o.host), o.port, reasonOf(err).Error())
	}
	server, err := serve.New(ctx, options)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer server.Close()
	address := o.address(listener)
	if _, err := fmt.Fprintln(s.Out, address); err != nil {
		return errors.Join(err, listener.Close())
	}
	if !o.noBrowser && s.OutTerminal {
		openBrowser(address)
	}
	notes.Printf("Ctrl-C ends it\n")
	return serveUntil(ctx, listener, server)
}

// reasonOf is what the system says of a fault, without the address that is said already.
func reasonOf(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

// address is what a browser is to open.
func (o *exploreOptions) address(l net.Listener) string {
	port := l.Addr().(*net.TCPAddr).Port
	u := url.URL{Scheme: "http", Host: net.JoinHostPort(o.host, fmt.Sprint(port)), Path: "/"}
	if o.token != "" {
		u.RawQuery = url.Values{"token": {o.token}}.Encode()
	}
	return u.String()
}

// serveUntil answers until ctx is done, which is no error.
func serveUntil(ctx context.Context, l net.Listener, s *serve.Server) error {
	h := serve.NewHTTP(s.Handler(l.Addr()))
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	s.Close()
	wait, stop := context.WithTimeout(context.Background(), time.Second)
	defer stop()
	if err := h.Shutdown(wait); err != nil {
		return h.Close()
	}
	return nil
}

// source is a run that a page is to show.
func (o *exploreOptions) source(ctx context.Context, arg string, notes console.Notes) (serve.Source, error) {
	m, err := loadModelOf("vae explore", arg)
	if err != nil {
		return serve.Source{}, err
	}
	m.announce(notes)
	data, split, err := o.images.load(ctx, m, notes)
	if err != nil {
		return serve.Source{}, err
	}
	source := o.sourceOf(m.file, m.Shape(), data, split)
	source.Shown = o.images.shown(m, data)
	return source, nil
}

// sourceOf is the run of a model file with its images, of a shape. It holds no model: that is loaded, and gives way to another.
func (o *exploreOptions) sourceOf(file string, shape config.Shape, data *dataset.Splits, split dataset.Split) serve.Source {
	folder := filepath.Dir(file)
	source := serve.Source{
		Name: file, File: file, Split: o.images.split, Inputs: namesOf(data, split),
		Load: func() (*model.Model, *run.Model, error) {
			m, err := loadModelOf("vae explore", file)
			if err != nil {
				return nil, nil, errors.New(worded(err.Error())) // for the page
			}
			return m.Model, m.saved, nil
		},
		Images: func(other *model.Model, _ *run.Model) (dataset.Split, func(int) string, error) {
			if other.Shape() != shape {
				return split, nil, fmt.Errorf("%s: is a model of other images now: open the page again", file)
			}
			return split, func(i int) string { return inputOf(data, split, i) }, nil
		},
		Input: func(other *model.Model, saved *run.Model, sent []byte, invert bool) (dataset.Pixels, error) {
			return o.upload(&loaded{Model: other, saved: saved, file: file}, sent, invert)
		},
		Model: file,
	}
	if filepath.Base(file) == run.ModelFile {
		source.Name = filepath.Base(folder)
		source.Model = folder
		source.Course = func() ([]run.Row, error) { return run.MetricsSoFar(folder) }
		source.Carried = func() (*run.LatentTable, error) { return run.ReadLatents(folder) }
		source.CourseFiles = []string{filepath.Join(folder, run.MetricsFile), filepath.Join(folder, run.LatentsFile)}
		source.Keep = func(name run.MapName, places []float32) { _ = run.SaveMap(folder, name, places) } // a folder that may not be written has none
		source.Kept = func(name run.MapName, n int) []float32 { return run.LoadMap(folder, name, n) }
	}
	return source
}

// openBrowser opens an address, where there is something to open it with.
func openBrowser(address string) {
	command := []string{"xdg-open", address}
	switch runtime.GOOS {
	case "darwin":
		command[0] = "open"
	case "windows":
		command = []string{"rundll32", "url.dll,FileProtocolHandler", address}
	default:
		if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
			return
		}
	}
	if c := exec.Command(command[0], command[1:]...); c.Start() == nil {
		go func() { _ = c.Wait() }()
	}
}
