// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"cmp"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// CheckBaseURL returns a *[ConfigError] unless a secret may be sent to the URL:
// it must be https, or http to a loopback host, have a plain ASCII host, and
// neither path, query, fragment nor user information.
func CheckBaseURL(baseURL string) error {
	refuse := func(message string) error { return &ConfigError{"base_url", "base_url " + message} }
	if baseURL == "" {
		return refuse("is missing")
	}
	u, err := url.Parse(baseURL)
	if err != nil {
		// The text of err repeats the URL, which might hold a password.
		return refuse("is not a URL; expected something like https://acme.api.identitynow.com")
	}
	switch {
	case u.User != nil:
		return refuse("must not contain a user name or password")
	case u.Scheme != "https" && u.Scheme != "http", u.Hostname() == "":
		return refuse("must be a full URL such as https://acme.api.identitynow.com")
	case !isPlainHost(u.Hostname()):
		return refuse("must have a host of plain letters, digits, hyphens and dots: others can look like the host that is meant")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return refuse("must start with https://, because credentials are sent to it; http:// is accepted for loopback hosts only")
	case u.Path != "" && u.Path != "/":
		return refuse("must not have a path: the client adds it, with the API version")
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(baseURL, "#"):
		return refuse("must not have a query or a fragment")
	}
	return nil
}

// isPlainHost reports whether a host is an IP address, or nothing but ASCII
// letters, digits, hyphens and dots.
func isPlainHost(host string) bool {
	return net.ParseIP(host) != nil || !strings.ContainsFunc(host, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.", r)
	})
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// Origin returns scheme, host and effective port of a URL that passes
// [CheckBaseURL], in a form that can be compared.
func Origin(baseURL string) string {
	u, err := url.Parse(baseURL)
	if err != nil {
		return ""
	}
	return origin(u)
}

func origin(u *url.URL) string {
	port := cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[strings.ToLower(u.Scheme)])
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	return strings.ToLower(u.Scheme) + "://" + net.JoinHostPort(host, port)
}

// uiDomains are the domains under which tenants have their user interface, at
// TENANT.DOMAIN, and their API, at TENANT.api.DOMAIN.
var uiDomains = []string{"identitynow.com", "identitynow-demo.com", "saas.sailpoint.com", "saas.sailpointfedramp.com"}

// likelyBaseURL returns the API's base URL where the given one is that of the
// user interface of the same tenant, else "".
func likelyBaseURL(baseURL string) string {
	u, err := url.Parse(baseURL)
	if err != nil {
		return ""
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	for _, domain := range uiDomains {
		if tenant, ok := strings.CutSuffix(host, "."+domain); ok && !strings.Contains(tenant, ".") {
			return "https://" + tenant + ".api." + domain
		}
	}
	return ""
}

// blameBaseURL makes a *BaseURLError of an error that suggests that the base
// URL is wrong: a web page or a redirect where JSON is due, or a token endpoint
// that isn't there, from an address that has not answered otherwise before.
func (c *Client) blameBaseURL(err error, answer *reply, isToken bool) error {
	var apiErr *APIError
	switch {
	case err == nil || answer == nil || c.understood.Load():
		return err
	case answer.ok() && isHTML(answer.body), answer.redirected():
	case isToken && errors.As(err, &apiErr) && (apiErr.StatusCode == http.StatusNotFound || apiErr.StatusCode == http.StatusMethodNotAllowed):
	default:
		return err
	}
	return &BaseURLError{Err: err, BaseURL: c.baseURL, Likely: likelyBaseURL(c.baseURL)}
}
