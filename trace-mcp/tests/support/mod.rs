//! Serves a handler to a client within a test. The tests of `examples/tool-server` use it too.

use rmcp::model::{ClientNotification, ClientRequest, ServerConfig, ServerResult};
use rmcp::service::{NotificationContext, RequestContext, RunningService, Service};
use rmcp::{ErrorData, RoleClient, RoleServer, ServiceExt};
use trace_mcp::rmcp;
use trace_testkit::{Capture, CaptureHandle};

/// A client of a server in this process.
pub(crate) type Client = RunningService<RoleClient, ()>;

/// Connects a client to a server whose requests belong to this capture.
pub(crate) async fn connect(t: &Capture, service: impl Service<RoleServer>) -> Client {
    let (near, far) = tokio::io::duplex(4096);
    let service = InCapture { service, capture: t.handle() };
    tokio::spawn(async move { service.serve(far).await.unwrap().waiting().await });
    ().serve(near).await.unwrap()
}

/// A service whose requests are answered in a capture: rmcp spawns a task for each.
struct InCapture<S> {
    service: S,
    capture: CaptureHandle,
}

impl<S: Service<RoleServer>> Service<RoleServer> for InCapture<S> {
    fn handle_request(
        &self,
        request: ClientRequest,
        context: RequestContext<RoleServer>,
    ) -> impl Future<Output = Result<ServerResult, ErrorData>> + Send + '_ {
        self.capture.captured(self.service.handle_request(request, context))
    }

    fn handle_notification(
        &self,
        notification: ClientNotification,
        context: NotificationContext<RoleServer>,
    ) -> impl Future<Output = Result<(), ErrorData>> + Send + '_ {
        self.service.handle_notification(notification, context)
    }

    fn get_info(&self) -> ServerConfig {
        self.service.get_info()
    }
}
