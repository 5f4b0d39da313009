package cli

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// slowed has answers come late whose addresses hold a word.
func (b *tab) slowed(word string, milliseconds int) {
	b.t.Helper()
	js[any](b, fmt.Sprintf(`{ const ask = window.ask ||= window.fetch; window.fetch = async (path, ...rest) => { const a = await ask(path, ...rest); if (String(path).includes(%q)) await new Promise(done => setTimeout(done, %d)); return a; }; null }`, word, milliseconds))
}

// onTime has no answer come late any more.
func (b *tab) onTime() {
	b.t.Helper()
	js[any](b, `window.fetch = window.ask, null`)
}

// unlabelled is a folder of images without labels.
func unlabelled(t *testing.T, n int) string {
	t.Helper()
	folder := t.TempDir()
	for i := range n {
		img := image.NewGray(image.Rect(0, 0, 28, 28))
		for j := range 28 {
			img.SetGray((i+j)%28, j, color.Gray{Y: 255})
		}
		f, err := os.Create(filepath.Join(folder, fmt.Sprintf("line %02d.png", i)))
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(f, img); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// Of a run without labels nothing is shown that was of the one before, also while its colors are on the way.
func TestExploreRunWithoutLabels(t *testing.T) {
	browserPath(t)
	s, _ := exploredRun(t, "--latent", "3")
	other := servedRun(t, smallRun(t, "--data", unlabelled(t, 40), "--epochs", "2", "--validation", "8"), 0)
	s.source.Runs = append(s.source.Runs, other.source.Runs...)
	s.stop()
	s.start()
	b := openTab(t, "http://"+s.addr+"/", 1000, 700)
	b.until("labels", `window.page && page.scatter.n === page.state.run?.images && document.querySelectorAll("#legend button").length === 10`)
	js[any](b, `document.querySelectorAll("#legend button")[3].click(), page.scatter.heard.select([1, 2, 3]), page.scatter.heard.pick(9, true), null`)
	js[any](b, `{ const f = document.getElementById("find"); f.value = "900"; f.dispatchEvent(new Event("input")); null }`)
	b.until("what is found", `document.querySelectorAll("#found button").length > 0`)
	b.slowed("/values", 1500)
	b.choose("run", "1")
	b.until("the points", `page.state.run.number === 1 && page.scatter.n === page.state.run.images`)
	if n := js[int](b, `document.querySelectorAll("#legend li, #found li, .end").length + (document.getElementById("selection").hidden ? 0 : 100) + page.scatter.hidden.size`); n != 0 {
		t.Errorf("%d things are left of the other run", n)
	}
	b.do(chromedp.Focus(chromedp.CSS("#find")), chromedp.KeyEvent("\r"))
	b.until("its colors", `document.getElementById("legend").textContent.startsWith("loss")`)
	if !js[bool](b, "[page.scatter.view.x, page.scatter.view.y, page.scatter.view.scale].every(Number.isFinite)") {
		t.Error("the view is lost")
	}
	b.clean()
}

// Answers that come in another order than they were asked for leave what was asked for last.
func TestExploreAnswersOutOfOrder(t *testing.T) {
	browserPath(t)
	s, _ := exploredRun(t, "--latent", "3")
	b := openTab(t, "http://"+s.addr+"/", 1000, 700)
	b.until("points", "window.page && page.scatter.n === page.state.run?.images")
	b.slowed("images/5?", 800)
	js[any](b, `Promise.all([page.scatter.heard.pick(5), page.scatter.heard.pick(6)])`)
	b.until("the second image", `page.state.at === 6`)
	b.onTime()
	b.slowed("/selection", 800)
	js[any](b, `Promise.all([page.scatter.heard.select([1, 2, 3]), page.scatter.heard.select([])])`)
	if !js[bool](b, `document.getElementById("selection").hidden`) {
		t.Error("a selection that was taken back is told of")
	}
	b.onTime()
	b.slowed("/search", 500)
	js[any](b, `{ const f = document.getElementById("find"); f.value = "1"; f.dispatchEvent(new Event("input")); null }`)
	b.until("what is found", `document.querySelectorAll("#found button").length > 0`)
	js[any](b, `{ const f = document.getElementById("find"); f.value = "123"; f.dispatchEvent(new Event("input")); f.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" })); null }`)
	b.until("the image that was asked for", `page.state.at === 123`)
	b.clean()
}

// A map that is made while the page is hidden is there when it is seen again; until then the point stands where it lies on the map that is seen.
func TestExploreHiddenPage(t *testing.T) {
	browserPath(t)
	s, _ := exploredRun(t, "--latent", "3")
	b := openTab(t, "http://"+s.addr+"/", 1000, 700)
	b.until("points", "window.page && page.scatter.n === page.state.run?.images && page.scatter.cursor")
	hide := func(is bool) {
		js[any](b, fmt.Sprintf(`Object.defineProperty(document, "hidden", { value: %t, configurable: true }), document.dispatchEvent(new Event("visibilitychange")), null`, is))
	}
	hide(true)
	b.choose("map", "umap")
	b.until("the map", `(fetch("api/runs/0/points?map=umap").then(a => { window.made = a.headers.get("Content-Type") === "application/octet-stream"; }), window.made)`)
	if shown := js[string](b, "page.state.shown"); shown != "pca" {
		t.Errorf("a hidden page shows %s", shown)
	}
	hide(false)
	b.until("it on the page", `page.state.shown === "umap"`)
	b.until("the point on it", `page.scatter.cursor && page.scatter.bounds[0] <= page.scatter.cursor[0] && page.scatter.cursor[0] <= page.scatter.bounds[1]`)
	b.clean()
}

// Labels that are hidden stay hidden in other colors and in the run beside, and are left out of a fit.
func TestExploreHiddenLabels(t *testing.T) {
	browserPath(t)
	s, _ := exploredRun(t, "--latent", "2")
	other, _ := exploredRun(t, "--latent", "3")
	s.source.Runs = append(s.source.Runs, other.source.Runs...)
	s.stop()
	s.start()
	b := openTab(t, "http://"+s.addr+"/", 1300, 850)
	b.until("labels", `window.page && page.scatter.n === page.state.run?.images && document.querySelectorAll("#legend button").length === 10`)
	js[any](b, `[...document.querySelectorAll("#legend button")].slice(1).forEach(b => b.click()), null`)
	b.choose("beside", "1")
	b.until("the run beside", `page.beside.n === page.scatter.n && page.beside.values`)
	const zeros = `[page.scatter, page.beside].every(m => m.shown(page.scatter.labels.indexOf(0)) && !m.shown(page.scatter.labels.indexOf(3)))`
	b.until("zeros alone in both", zeros)
	b.choose("color", "mse")
	b.until("other colors", `document.getElementById("legend").textContent.startsWith("mse")`)
	if !js[bool](b, zeros) {
		t.Error("labels that were hidden are shown in other colors")
	}
	b.do(chromedp.Click(chromedp.CSS("#fit")))
	if fills := js[float64](b, `{ const m = page.scatter, [left, right, bottom, top] = m.extent(i => m.labels[i] === 0); Math.max(m.view.scale * (right - left) / m.canvas.width, m.view.scale * (top - bottom) / m.canvas.height) }`); fills < 0.85 || fills > 0.95 {
		t.Errorf("a fit shows zeros on %g of the map", fills)
	}
	js[any](b, `[...document.querySelectorAll("#legend button")].at(-1).click()`)
	b.until("all of them", `[page.scatter, page.beside].every(m => m.shown(page.scatter.labels.indexOf(3)))`)
	b.clean()
}

// A class is that of all that is decoded.
func TestExploreClasses(t *testing.T) {
	browserPath(t)
	s, _ := exploredRun(t, "--latent", "2", "--conditional")
	b := openTab(t, "http://"+s.addr+"/", 1000, 700)
	b.until("points", "window.page && page.scatter.n === page.state.run?.images")
	b.do(chromedp.Click(chromedp.CSS(`[aria-label="show z0"]`)))
	b.until("a row of images", `document.querySelectorAll(".does canvas").length === 9`)
	const row, decoded = `document.querySelector(".does canvas").toDataURL()`, decodedPixels
	before, was := js[string](b, row), js[string](b, decoded)
	js[any](b, `{ const c = document.querySelector("#class select"); c.value = "7"; c.dispatchEvent(new Event("change")); null }`)
	b.until("other images", fmt.Sprintf("%s !== %q && %s !== %q && page.state.class === 7", row, before, decoded, was))
	b.clean()
}

// What a person has set stays when a model is replaced, and what is told is told of the new one.
func TestExploreNewModelKeeps(t *testing.T) {
	browserPath(t)
	s, folder := exploredRun(t, "--latent", "4")
	b := openTab(t, "http://"+s.addr+"/", 1300, 850)
	b.until("points", `window.page && page.scatter.n === page.state.run?.images && document.querySelectorAll("#legend button").length === 10`)
	b.do(chromedp.Click(chromedp.CSS(`[aria-label="lock z1"]`)), chromedp.Click(chromedp.CSS(`[aria-label="show z2"]`)))
	js[any](b, `document.querySelectorAll("#legend button")[3].click(), page.scatter.heard.select([1, 2, 3, 4]), page.scatter.heard.pick(7), null`)
	b.until("an image and a selection", `page.state.at === 7 && document.querySelector("#chosen canvas") && !document.getElementById("scores").hidden`)
	b.do(chromedp.Focus(chromedp.CSS("#z2")))
	told := js[string](b, `document.getElementById("scores").textContent + document.getElementById("chosen").textContent`)
	digest := js[string](b, "page.state.run.digest")
	trainOn(t, folder, 4)
	b.until("the new model", fmt.Sprintf("page.state.run.digest !== %q", digest))
	b.until("what is told of it", fmt.Sprintf(`page.state.at === 7 && document.getElementById("scores").textContent + document.getElementById("chosen").textContent !== %q`, told))
	b.until("what was set", `document.querySelector('[aria-label="lock z1"]').getAttribute("aria-pressed") === "true" && document.querySelectorAll(".does canvas").length === 9 && page.scatter.hidden.has(3) && document.activeElement.id === "z2"`)
	b.clean()
}
