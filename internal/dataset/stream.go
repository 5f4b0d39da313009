package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"slices"
	"sync"

	"vae/internal/config"
)

// Item is one input: its pixels, or what is wrong with it.
type Item struct {
	Name   string
	Label  string // "" when it has none
	Path   string // of a file that it is alone in; "" for none
	Pixels Pixels // of the wanted shape; none when Err is not nil
	Err    error  // one line that names the input
	Number uint64 // of the input among all, good and bad, of whatever shard; of further pages of it far above those

	page  string // behind the path, of one of several in a file
	noted noted
}

// Place is where a user finds it: its path, or within a file of many its name.
func (i Item) Place() string {
	if i.Path == "" {
		return i.Name
	}
	return i.Path + i.page
}

// StreamOptions say how inputs are brought to the shape of a model.
type StreamOptions struct {
	Shape     config.Shape // of every item's pixels
	Range     config.Range // of the values in files
	AllPages  bool         // of a file, not the first alone
	Fit       config.Fit   // of images of other proportions
	Resample  config.Resample
	Larger    config.Shape // images of another size than Shape are brought to this, and are its middle; zero for to Shape
	Exact     bool         // images that are not in the shape, or opaque, are errors, and nothing becomes of any other
	Invert    bool         // the negative, for dark drawings on a light ground
	Stdin     io.Reader    // what the argument "-" reads
	MaxPixels int          // most pixels an image may claim; 0 for DefaultMaxPixels
	Shard     Shard        // of the inputs
	Output    fs.FileInfo  // a file that is no input as long as it is empty, as a shell makes it for stdout; nil for none
}

// kept is what images of another size than Shape are brought to.
func (o StreamOptions) kept() config.Shape {
	shape := o.Shape
	if o.Larger.Width > 0 {
		shape.Width, shape.Height = o.Larger.Width, o.Larger.Height
	}
	return shape
}

// brought is r in Shape, and whether it had other proportions.
func (o StreamOptions) brought(f *fitter, r raster) (_ raster, odd bool) {
	if r.w == o.Shape.Width && r.h == o.Shape.Height {
		return r.inChannels(o.Shape.Channels), false
	}
	kept := f.fit(r)
	return kept.inner(o.Shape.Width, o.Shape.Height), !proportional(r.w, r.h, kept.w, kept.h)
}

// window is the most images that are decoded, or being decoded, ahead of Next.
const window = 48

// Stream decodes inputs in parallel and yields them in order, in memory that
// does not grow with their number. It must be closed.
type Stream struct {
	options  StreamOptions
	labelled bool
	ctx      context.Context
	cancel   context.CancelFunc
	workers  sync.WaitGroup

	// A worker takes a token, pulls the next task under the lock, which also
	// numbers it, and leaves its item in slot number%window. Next empties the
	// slots in turn and returns the tokens, so that a worker never waits at a
	// slot.
	tokens chan struct{}
	slots  [window]chan []Item // of a task: its image, or its pages
	rest   []Item              // of the slot before
	at     int                 // the number of the item that Next yields next
	done   bool

	mu      sync.Mutex
	sources []source // those not read to their end; nil after that
	ended   []source // the others: what they gave may still be decoded
	pulled  int
	left    int      // that may still be pulled
	marked  bool     // the end is
	found   []string // of the folders among the others

	extent Extent

	seen  seen
	pages pageCount
	odd   oddCount
}

// errOutput marks an input that is the output.
var errOutput = errors.New("is the output")

// Open starts a stream of the images that args name: image files, folders
// (recursive, sorted; a first-level folder is the label), IDX files of images,
// "mnist:train", "mnist:test", and "-", one image on standard input. An
// argument that does not exist or holds no image, and an IDX file whose header
// is wrong, is an error at once; an image that cannot be read is an Item with
// an error.
func Open(ctx context.Context, args []string, o StreamOptions) (*Stream, error) {
	o.MaxPixels = orDefault(o.MaxPixels)
	s := &Stream{options: o, tokens: make(chan struct{}, window), left: unlimited}
	s.ctx, s.cancel = context.WithCancel(ctx)
	err := s.openAll(args)
	if err == nil && o.Shard.N > 0 {
		err = s.cut()
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	for i := range s.slots {
		s.slots[i] = make(chan []Item, 1)
	}
	for range runtime.GOMAXPROCS(0) {
		s.workers.Go(s.work)
	}
	return s, nil
}

func (s *Stream) openAll(args []string) error {
	if shape := s.options.Shape; shape.Width <= 0 || shape.Height <= 0 || (shape.Channels != 1 && shape.Channels != 3) {
		return fmt.Errorf("images cannot be brought to the shape %s", shape)
	}
	if len(args) == 0 {
		return errors.New("no input: give image files, folders, IDX files, mnist:test or - for standard input")
	}
	stdin := false
	for _, arg := range args {
		if arg == "-" && stdin {
			return errors.New("-: standard input is one image; give it once")
		}
		stdin = stdin || arg == "-"
		src, err := openSource(s.ctx, arg, len(args) == 1, s.options.MaxPixels)
		if err != nil {
			return err
		}
		s.sources = append(s.sources, src)
		if arrays, ok := src.(*arraySource); ok {
			if err := arrays.rows(s.options.Shape); err != nil {
				return err
			}
		}
		s.labelled = s.labelled || src.labelled()
	}
	return nil
}

// Labelled tells whether any input can have a label. It is known before the
// first item.
func (s *Stream) Labelled() bool { return s.labelled }

// Found are lines that say what was recognised in the folders that were read, and what was left out. It is to be called at the
// end.
func (s *Stream) Found() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append(slices.Clip(s.found), slices.Concat(s.seen.clippings.lines(s.options.Range), s.seen.spread.lines(false), s.pages.lines(), s.odd.lines(s.options.Fit, s.options.kept().Width, s.options.kept().Height))...)
}

// Next is the next item in the order of the arguments; ok is false after the
// last and once the context is cancelled, which the context's error tells
// apart.
func (s *Stream) Next() (item Item, ok bool) {
	for {
		if item, ok = s.take(); item.Err != errOutput {
			s.note(item.noted)
			return item, ok
		}
	}
}

// note takes account of an item that was asked for: what is decoded ahead and is not is told nothing of.
func (s *Stream) note(n noted) {
	if !n.readable {
		return
	}
	s.seen.clippings.add(n.clipped)
	s.seen.spread.add(n.span)
	if n.odd {
		s.odd.add()
	}
	s.pages.add(n.pages, s.options.AllPages)
}

// take is Next, of all inputs.
func (s *Stream) take() (item Item, ok bool) {
	for len(s.rest) == 0 {
		if s.done || s.ctx.Err() != nil {
			return Item{}, false
		}
		select {
		case s.rest = <-s.slots[s.at%window]:
		case <-s.ctx.Done():
			return Item{}, false
		}
		if s.rest == nil {
			s.done = true
			s.cancel()
			return Item{}, false
		}
		s.at++
		<-s.tokens
	}
	item, s.rest = s.rest[0], s.rest[1:]
	return item, true
}

// Close ends the stream early or late and waits until its goroutines have
// gone. A read of standard input that blocks is left to itself.
func (s *Stream) Close() {
	s.cancel()
	s.workers.Wait()
	for _, src := range slices.Concat(s.ended, s.sources) {
		src.close()
	}
	s.ended, s.sources = nil, nil
}

// pull is the next task and its number. After the last task it leaves the end
// mark in the next slot, once.
func (s *Stream) pull() (t task, number int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.sources) > 0 && s.left > 0 {
		if t, ok = s.sources[0].next(); ok {
			s.pulled++
			s.left--
			return t, s.pulled - 1, true
		}
		s.found = append(s.found, s.sources[0].found()...)
		s.ended = append(s.ended, s.sources[0])
		s.sources = s.sources[1:]
	}
	if !s.marked {
		s.slots[s.pulled%window] <- nil // the end
	}
	s.marked = true
	return task{}, 0, false
}

// work decodes until nothing is left or the stream is cancelled.
func (s *Stream) work() {
	d := decoder{ctx: s.ctx, options: s.options, fit: fitter{shape: s.options.kept(), how: s.options.Fit, kernel: s.options.Resample}}
	for {
		select {
		case s.tokens <- struct{}{}:
		case <-s.ctx.Done():
			return
		}
		t, number, ok := s.pull()
		if !ok || s.ctx.Err() != nil {
			return
		}
		items := d.items(t)
		for page := range items {
			items[page].Number = uint64(s.extent.From) + uint64(number) + uint64(page)*pageNumbers
		}
		s.slots[number%window] <- items
	}
}
