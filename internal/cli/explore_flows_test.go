package cli

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// Every kind of picture is, to the byte, what the line draws that is copied.
func TestExploreEveryPictureIsACommand(t *testing.T) {
	browserPath(t)
	s, folder := exploredRun(t, "--latent", "3")
	b := openTab(t, "http://"+s.addr+"/", 1300, 850)
	b.until("points", "window.page && page.scatter.n === page.state.run?.images")
	js[any](b, `{ window.saved = []; const made = URL.createObjectURL; URL.createObjectURL = b => { saved.push(b); return made.call(URL, b); }; null }`)
	js[any](b, `page.scatter.heard.pick(3, true), page.scatter.heard.pick(4, true), null`)
	make := func(what, button string) {
		t.Helper()
		js[any](b, `saved.length = 0, document.getElementById("line").textContent = "", null`)
		b.do(chromedp.Click(chromedp.CSS(button)))
		b.until(what, `saved.length === 1 && document.querySelector("#strip img")?.naturalWidth > 50`)
		b.do(chromedp.Click(chromedp.CSS("#copy")))
		b.until("its command", `document.getElementById("line").textContent.startsWith("vae ")`)
		drawn := js[[]byteValue](b, `saved[0].arrayBuffer().then(b => [...new Uint8Array(b)])`)
		checkCommand(t, folder, js[string](b, `document.getElementById("line").textContent`), drawn)
	}
	for _, path := range []string{"spherical", "graph"} {
		js[any](b, fmt.Sprintf(`{ const c = document.querySelector("#path select"); c.value = %q; c.dispatchEvent(new Event("change", { bubbles: true })); null }`, path))
		make("a path, "+path, "#picture")
	}
	make("a film", "#film")
	js[any](b, `page.scatter.heard.pick(5, true), page.scatter.heard.pick(6, true), null`)
	make("a palette", "#picture")
	for _, kind := range []string{"traverse", "manifold", "sample", "sample"} { // of samples others each time
		if js[string](b, `document.getElementById("kind").value`) != kind {
			b.choose("kind", kind)
		}
		make(kind, "#picture")
	}
	b.clean()
}

// A direction between two groups starts at the mean of the first, and at 1 is at that of the second.
func TestExploreDirection(t *testing.T) {
	browserPath(t)
	s, _ := exploredRun(t, "--latent", "3")
	b := openTab(t, "http://"+s.addr+"/", 1300, 850)
	b.until("labels", `window.page && page.scatter.n === page.state.run?.images && page.scatter.labels`)
	group := func(label int) {
		t.Helper()
		js[any](b, fmt.Sprintf(`page.scatter.heard.select(Array.from(page.scatter.labels.keys()).filter(i => page.scatter.labels[i] === %d))`, label))
		b.until("a group", fmt.Sprintf(`document.querySelector("#chosen .some img") && document.getElementById("chosen").textContent.includes("with the label %d")`, label))
	}
	press := func(text string) {
		t.Helper()
		js[any](b, fmt.Sprintf(`[...document.querySelectorAll("#chosen button")].find(b => b.textContent.startsWith(%q)).click()`, text))
	}
	far := func(label int) float64 { // of z from the mean code of a label
		t.Helper()
		return js[float64](b, fmt.Sprintf(`Promise.all([0, 1, 2].map(j => fetch("api/runs/0/values?of=z" + j).then(r => r.arrayBuffer()).then(b => new Float32Array(b)))).then(z =>
			Math.hypot(...z.map((v, j) => { const own = [...v].filter((_, i) => page.scatter.labels[i] === %d); return own.reduce((a, b) => a + b, 0) / own.length - page.state.z[j]; })))`, label))
	}
	group(0)
	press("Keep as first group")
	group(1)
	press("Direction from the first")
	b.until("the direction", `document.getElementById("strength") && document.getElementById("direction").textContent.includes("% of pairs")`)
	if d := far(0); d > 1e-3 {
		t.Errorf("a direction begins %g from the mean of its first group", d)
	}
	js[any](b, `{ const s = document.getElementById("strength"); s.value = 1; s.dispatchEvent(new Event("input")); null }`)
	if d := far(1); d > 1e-3 {
		t.Errorf("at its end it is %g from the mean of the second", d)
	}
	b.clean()
}

// An image that is dropped on the page is encoded; a file that is none is refused in a line, and all else stays.
func TestExploreDrop(t *testing.T) {
	browserPath(t)
	s, _ := exploredRun(t, "--latent", "2")
	b := openTab(t, "http://"+s.addr+"/", 1000, 700)
	b.until("points", "window.page && page.scatter.n === page.state.run?.images && page.state.shown")
	content, err := os.ReadFile(filepath.Join(unlabelled(t, 1), "line 00.png"))
	if err != nil {
		t.Fatal(err)
	}
	drop := func(data []byte) {
		t.Helper()
		js[any](b, fmt.Sprintf(`{ const d = new DataTransfer(); d.items.add(new File([Uint8Array.from(atob(%q), c => c.charCodeAt(0))], "a.png", { type: "image/png" }));
			document.dispatchEvent(new DragEvent("drop", { dataTransfer: d, bubbles: true, cancelable: true })); null }`, base64.StdEncoding.EncodeToString(data)))
	}
	drop(content)
	b.until("the image", `page.state.image?.[29] === 255 && page.state.image[28] === 0 && page.scatter.drawing?.ellipse && !document.getElementById("scores").hidden`)
	b.away(true) // the browser complains of what is refused
	drop([]byte("no image"))
	b.until("a refusal", `document.getElementById("state").classList.contains("fault") && !document.getElementById("state").textContent.includes("\n")`)
	b.away(false)
	js[any](b, `page.scatter.heard.hover(2, { clientX: 300, clientY: 300 })`)
	b.until("an image under the pointer", `!document.getElementById("tip").hidden`)
	if !js[bool](b, `document.getElementById("state").classList.contains("fault")`) {
		t.Error("the refusal is gone, for something that goes right by itself")
	}
	js[any](b, `page.scatter.heard.pick(3)`)
	b.until("all well again", `page.state.at === 3 && document.getElementById("state").textContent === ""`)
	b.clean()
}
