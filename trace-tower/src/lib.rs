//! Layers of tower for HTTP servers and clients, and a middleware for reqwest.
