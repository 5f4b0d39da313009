package serve

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// news tells pages what has happened.
type news struct {
	mu      sync.Mutex
	readers map[chan event]bool
}

// event is a piece of it: another model, how far a map has come.
type event struct {
	Run   int    `json:"run"`
	What  string `json:"what"`            // "model", "map" or "gone"
	Map   string `json:"map,omitempty"`   // which
	Stage string `json:"stage,omitempty"` // of making the map; "" at its end
	Done  int    `json:"done,omitempty"`
	Of    int    `json:"of,omitempty"`
	Text  string `json:"text,omitempty"` // what went wrong
}

func newNews() *news { return &news{readers: map[chan event]bool{}} }

// tell tells all who listen. Who does not keep up misses the oldest: a page asks for what is true
// now, and events only say when to ask.
func (n *news) tell(e event) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for reader := range n.readers {
		for sent := false; !sent; {
			select {
			case reader <- e:
				sent = true
			default:
				select {
				case <-reader:
				default:
				}
			}
		}
	}
}

// mostReaders bounds how many pages listen at once.
const mostReaders = 64

func (n *news) listen() (reader chan event, stop func(), ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.readers) >= mostReaders {
		return nil, nil, false
	}
	reader = make(chan event, 64)
	n.readers[reader] = true
	return reader, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.readers, reader)
	}, true
}

// heard tells whether anybody listens.
func (n *news) heard() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.readers) > 0
}

// beat is how often a stream says that it is still there.
const beat = 15 * time.Second

// answerEvents sends events as they come (Server-Sent Events).
func (s *Server) answerEvents(w http.ResponseWriter, r *http.Request) {
	reader, stop, ok := s.news.listen()
	if !ok {
		s.refuse(w, r, faultf(http.StatusTooManyRequests, "too many pages are open"))
		return
	}
	defer stop()
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	if err := out.SetReadDeadline(time.Time{}); err != nil {
		s.refuse(w, r, err)
		return
	}
	send := func(text string) bool {
		if out.SetWriteDeadline(time.Now().Add(beat)) != nil {
			return false
		}
		_, err := fmt.Fprint(w, text)
		return err == nil && out.Flush() == nil
	}
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for ok := send(": hello\n\n"); ok; {
		select {
		case <-r.Context().Done():
			return
		case <-s.ctx.Done():
			return
		case <-ticker.C:
			ok = send(": still here\n\n")
		case e := <-reader:
			body, err := json.Marshal(e)
			ok = err == nil && send("data: "+string(body)+"\n\n")
		}
	}
}
