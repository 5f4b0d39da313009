package serve

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// asset is a file of the page, as it is and compressed.
type asset struct {
	kind, tag     string
	plain, packed []byte
}

// assets are the files of the page by their paths, which no address adds to.
var assets = sync.OnceValue(func() map[string]asset {
	entries, err := files.ReadDir("page")
	if err != nil {
		panic(err) // the name of an embedded folder
	}
	all := map[string]asset{}
	for _, e := range entries {
		content, err := files.ReadFile(path.Join("page", e.Name()))
		if err != nil {
			panic(err) // one that was just listed
		}
		var packed bytes.Buffer
		w, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression) // a level that there is
		_, _ = w.Write(content)                                    // to memory
		_ = w.Close()
		sum := sha256.Sum256(content)
		all["/"+e.Name()] = asset{mediaTypes[path.Ext(e.Name())], hex.EncodeToString(sum[:8]), content, packed.Bytes()}
	}
	all["/"] = all["/index.html"]
	return all
})

// mediaTypes are those of the page's files, which not every system knows.
var mediaTypes = map[string]string{".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}

// answerPage serves the files of the page.
func answerPage(w http.ResponseWriter, r *http.Request) {
	a, ok := assets()[r.URL.Path]
	if !ok {
		http.Error(w, "there is no such page", http.StatusNotFound)
		return
	}
	h, body := w.Header(), a.plain
	h.Set("Vary", "Accept-Encoding")
	if takesGzip(r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		a.tag, body = a.tag+"-gzip", a.packed
	}
	h.Set("Content-Type", a.kind)
	h.Set("ETag", `"`+a.tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// takesGzip tells whether a client takes what is compressed (RFC 9110, section 12.5.3).
func takesGzip(accepts string) bool {
	for part := range strings.SplitSeq(accepts, ",") {
		coding, parameters, err := mime.ParseMediaType("x/" + strings.TrimSpace(part)) // the same grammar but for the first word
		if err == nil && coding == "x/gzip" {
			return parameters["q"] == "" || strings.Trim(parameters["q"], "0.") != ""
		}
	}
	return false
}
