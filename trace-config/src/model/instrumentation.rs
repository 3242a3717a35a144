//! The configuration of instrumentation libraries.

use super::describe::records;

records! {
    /// The configuration of instrumentation libraries. Those of other languages are accepted, so that
    /// services in several languages can share a file.
    Instrumentation as "ExperimentalInstrumentation" {
        /// For all languages.
        general: GeneralInstrumentation => "the defaults of its keys";
        /// For C++.
        cpp: LanguageInstrumentation => "the libraries' defaults";
        /// For .NET.
        dotnet: LanguageInstrumentation => "the libraries' defaults";
        /// For Erlang.
        erlang: LanguageInstrumentation => "the libraries' defaults";
        /// For Go.
        go: LanguageInstrumentation => "the libraries' defaults";
        /// For Java.
        java: LanguageInstrumentation => "the libraries' defaults";
        /// For JavaScript.
        js: LanguageInstrumentation => "the libraries' defaults";
        /// For PHP.
        php: LanguageInstrumentation => "the libraries' defaults";
        /// For Python.
        python: LanguageInstrumentation => "the libraries' defaults";
        /// For Ruby.
        ruby: LanguageInstrumentation => "the libraries' defaults";
        /// For Rust.
        rust: LanguageInstrumentation => "the libraries' defaults";
        /// For Swift.
        swift: LanguageInstrumentation => "the libraries' defaults";
    }

    /// The configuration of one language's instrumentation libraries, by library.
    LanguageInstrumentation as "ExperimentalLanguageSpecificInstrumentation" {
        rest libraries: objects;
    }

    /// The configuration of all instrumentation libraries, by semantic conventions.
    GeneralInstrumentation as "ExperimentalGeneralInstrumentation" {
        /// HTTP.
        http: HttpInstrumentation => "the defaults of its keys";
        /// Source code.
        code: CodeInstrumentation => "the defaults of its keys";
        /// Databases.
        db: DbInstrumentation => "the defaults of its keys";
        /// Generative AI.
        gen_ai: GenAiInstrumentation => "the defaults of its keys";
        /// Messaging.
        messaging: MessagingInstrumentation => "the defaults of its keys";
        /// Remote procedure calls.
        rpc: RpcInstrumentation => "the defaults of its keys";
        /// The removal of sensitive data.
        sanitization: Sanitization => "the defaults of its keys";
        /// Versions of the conventions in the format of `OTEL_SEMCONV_STABILITY_OPT_IN`.
        stability_opt_in_list: String [null] => "none";
    }

    /// The configuration of HTTP instrumentation.
    HttpInstrumentation as "ExperimentalHttpInstrumentation" {
        /// The version of the conventions.
        semconv: SemconvConfig => "stability_opt_in_list";
        /// Clients.
        client: HttpClientInstrumentation => "the defaults of its keys";
        /// Servers.
        server: HttpServerInstrumentation => "the defaults of its keys";
    }

    /// The configuration of HTTP clients.
    HttpClientInstrumentation as "ExperimentalHttpClientInstrumentation" {
        /// The headers of requests that become attributes.
        request_captured_headers: Vec<String> [items(1)] => "none";
        /// The headers of responses that become attributes.
        response_captured_headers: Vec<String> [items(1)] => "none";
        /// The methods that are known, instead of the default ones.
        known_methods: Vec<String> => "GET, HEAD, POST, PUT, DELETE, CONNECT, OPTIONS, TRACE, PATCH";
    }

    /// The configuration of HTTP servers.
    HttpServerInstrumentation as "ExperimentalHttpServerInstrumentation" {
        /// The headers of requests that become attributes.
        request_captured_headers: Vec<String> [items(1)] => "none";
        /// The headers of responses that become attributes.
        response_captured_headers: Vec<String> [items(1)] => "none";
        /// The methods that are known, instead of the default ones.
        known_methods: Vec<String> => "GET, HEAD, POST, PUT, DELETE, CONNECT, OPTIONS, TRACE, PATCH";
    }

    /// The configuration of attributes that describe source code.
    CodeInstrumentation as "ExperimentalCodeInstrumentation" {
        /// The version of the conventions.
        semconv: SemconvConfig => "stability_opt_in_list";
    }

    /// The configuration of database instrumentation.
    DbInstrumentation as "ExperimentalDbInstrumentation" {
        /// The version of the conventions.
        semconv: SemconvConfig => "stability_opt_in_list";
    }

    /// The configuration of instrumentation of generative AI.
    GenAiInstrumentation as "ExperimentalGenAiInstrumentation" {
        /// The version of the conventions.
        semconv: SemconvConfig => "stability_opt_in_list";
    }

    /// The configuration of messaging instrumentation.
    MessagingInstrumentation as "ExperimentalMessagingInstrumentation" {
        /// The version of the conventions.
        semconv: SemconvConfig => "stability_opt_in_list";
    }

    /// The configuration of instrumentation of remote procedure calls.
    RpcInstrumentation as "ExperimentalRpcInstrumentation" {
        /// The version of the conventions.
        semconv: SemconvConfig => "stability_opt_in_list";
    }

    /// The removal of sensitive data.
    Sanitization as "ExperimentalSanitization" {
        /// From URLs.
        url: UrlSanitization => "the defaults of its keys";
    }

    /// The removal of sensitive data from URLs.
    UrlSanitization as "ExperimentalUrlSanitization" {
        /// The parameters of queries whose values are removed, instead of the default ones.
        sensitive_query_parameters: Vec<String> => "the list of the conventions";
    }

    /// The version of semantic conventions.
    SemconvConfig as "ExperimentalSemconvConfig" {
        /// The major version.
        version: u64 [null, min(0)] => "the latest stable one";
        /// Whether the conventions may be in development.
        experimental: bool [null] = false;
        /// Whether the version before is emitted too.
        dual_emit: bool [null] = false;
    }
}
