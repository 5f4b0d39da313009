package serve

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net"
	"net/http"
	"strings"
)

// policy lets the page load its own files, show the pixels that it was sent, and nothing else.
const policy = "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// cookie is the beginning of the name of what holds the token, once it was given in an address; the port
// follows, of which cookies know nothing.
const cookie = "vae-token-"

// guard stands before all answers. Of pages of other sites that a person has open it lets
// none ask: a name of theirs that leads to this machine is none of ours (DNS rebinding), and a
// browser says of a request what site it comes from.
func (s *Server) guard(next http.Handler, listener net.Addr) http.Handler {
	next = sameOrigin(http.NewCrossOriginProtection().Handler(next))
	_, port, _ := net.SplitHostPort(listener.String())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-cache")
		switch {
		case s.options.Token == "" && !local(r.Host, listener):
			http.Error(w, "this address is not served: open the one that the program has printed", http.StatusMisdirectedRequest)
		case s.options.Token == "" || s.knows(r, cookie+port):
			next.ServeHTTP(w, r)
		case r.Method == http.MethodGet && s.same(r.URL.Query().Get("token")):
			http.SetCookie(w, &http.Cookie{Name: cookie + port, Value: s.secret(), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
			http.Redirect(w, r, "/", http.StatusSeeOther)
		default:
			http.Error(w, "a token is needed: open the address that the program has printed, to its end", http.StatusUnauthorized)
		}
	})
}

// local tells whether a host, of a request, is this machine by one of its own names.
func local(host string, listener net.Addr) bool {
	name, port, err := net.SplitHostPort(host)
	if err != nil { // as browsers write the usual port
		name, port = strings.Trim(host, "[]"), "80"
	}
	if _, own, err := net.SplitHostPort(listener.String()); err != nil || port != own {
		return false
	}
	ip := net.ParseIP(name)
	return strings.EqualFold(name, "localhost") || ip != nil && ip.IsLoopback()
}

// knows tells whether a request brings the token.
func (s *Server) knows(r *http.Request, name string) bool {
	if given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return s.same(given)
	}
	c, err := r.Cookie(name)
	return err == nil && alike(c.Value, s.secret())
}

// secret stands for the token where not every letter may be written.
func (s *Server) secret() string {
	sum := sha256.Sum256([]byte(s.options.Token))
	return hex.EncodeToString(sum[:])
}

// same compares with the token, in a time that tells nothing of it.
func (s *Server) same(given string) bool { return alike(given, s.options.Token) }

func alike(x, y string) bool {
	a, b := sha256.Sum256([]byte(x)), sha256.Sum256([]byte(y))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// sameOrigin refuses what other sites ask for, reading included.
func sameOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		site := r.Header.Get("Sec-Fetch-Site")
		if strings.HasPrefix(r.URL.Path, "/api/") && site != "" && site != "same-origin" && site != "none" {
			http.Error(w, "another site has asked for this, which is not answered", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}
