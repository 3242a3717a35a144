//! Lists the requests of MCP: each is recorded, and answered by the inner handler.

// Requests that MCP has deprecated are recorded too.
#![expect(deprecated)]

use crate::call::Subject;
use crate::handler::TracedHandler;
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CancelTaskParams, CancelledNotificationParam,
    CompleteRequestParams, CompleteResult, CustomNotification, CustomRequest, CustomResult,
    DiscoverResult, GetPromptRequestParams, GetPromptResponse, GetSkillRequestParams,
    GetSkillResult, GetTaskParams, GetTaskResult, InitializeRequestParams, InitializeResult,
    ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListSkillsResult,
    ListToolsResult, PaginatedRequestParams, ProgressNotificationParam, ProtocolVersion,
    ReadResourceDirectoryRequestParams, ReadResourceDirectoryResult, ReadResourceRequestParams,
    ReadResourceResponse, ServerConfig, SetLevelRequestParams, SubscribeRequestParams,
    SubscriptionFilter, Tool, UnsubscribeRequestParams, UpdateTaskParams,
};
use rmcp::service::{NotificationContext, RequestContext, SubscriptionContext};
use rmcp::{ErrorData, RoleServer};
use std::borrow::Cow;

type Answer<T> = Result<T, ErrorData>;

/// Writes methods that record a request: its name, its parameters, what it is about, and its method in MCP.
macro_rules! requests {
    ($($name:ident($($params:ident: $type:ty)?) -> $answer:ty,
        $($key:ident = $value:expr,)? $method:literal;)*) => {$(
        async fn $name(
            &self,
            $($params: $type,)?
            context: RequestContext<RoleServer>,
        ) -> Answer<$answer> {
            let subject = Subject { $($key: Some(&*$value),)? ..Subject::of($method) };
            let recording = self.begin(subject, &context);
            let answer = async move { self.inner().$name($($params,)? context).await };
            recording.answer(answer, |_| false).await
        }
    )*};
}

/// Writes methods that pass a notification on.
macro_rules! notifications {
    ($($name:ident($($params:ident: $type:ty)?);)*) => {$(
        fn $name(
            &self,
            $($params: $type,)?
            context: NotificationContext<RoleServer>,
        ) -> impl Future<Output = ()> + Send + '_ {
            self.inner().$name($($params,)? context)
        }
    )*};
}

impl<H: ServerHandler> ServerHandler for TracedHandler<H> {
    async fn call_tool(
        &self,
        call: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Answer<CallToolResponse> {
        let subject = Subject { tool: Some(&call.name), ..Subject::of("tools/call") };
        let recording = self.begin(subject, &context);
        let answer = async move { self.inner().call_tool(call, context).await };
        recording.answer(answer, has_failed).await
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Answer<CustomResult> {
        // Clients could make up any method.
        let recording = self.begin(Subject::default(), &context);
        let answer = async move { self.inner().on_custom_request(request, context).await };
        recording.answer(answer, |_| false).await
    }

    requests! {
        ping() -> (), "ping";
        initialize(request: InitializeRequestParams) -> InitializeResult, "initialize";
        discover() -> DiscoverResult, "server/discover";
        complete(request: CompleteRequestParams) -> CompleteResult, "completion/complete";
        set_level(request: SetLevelRequestParams) -> (), "logging/setLevel";
        get_prompt(request: GetPromptRequestParams) -> GetPromptResponse,
            prompt = request.name, "prompts/get";
        list_prompts(page: Option<PaginatedRequestParams>) -> ListPromptsResult, "prompts/list";
        list_resources(page: Option<PaginatedRequestParams>) -> ListResourcesResult,
            "resources/list";
        list_resource_templates(page: Option<PaginatedRequestParams>) -> ListResourceTemplatesResult,
            "resources/templates/list";
        read_resource(request: ReadResourceRequestParams) -> ReadResourceResponse,
            resource = request.uri, "resources/read";
        read_resource_directory(request: ReadResourceDirectoryRequestParams)
            -> ReadResourceDirectoryResult, "resources/directory/read";
        subscribe(request: SubscribeRequestParams) -> (),
            resource = request.uri, "resources/subscribe";
        unsubscribe(request: UnsubscribeRequestParams) -> (),
            resource = request.uri, "resources/unsubscribe";
        list_tools(page: Option<PaginatedRequestParams>) -> ListToolsResult, "tools/list";
        get_task(request: GetTaskParams) -> GetTaskResult, "tasks/get";
        update_task(request: UpdateTaskParams) -> (), "tasks/update";
        cancel_task(request: CancelTaskParams) -> (), "tasks/cancel";
        list_skills(page: Option<PaginatedRequestParams>) -> ListSkillsResult, "skills/list";
        get_skill(request: GetSkillRequestParams) -> GetSkillResult, "skills/get";
    }

    notifications! {
        on_cancelled(notification: CancelledNotificationParam);
        on_progress(notification: ProgressNotificationParam);
        on_initialized();
        on_roots_list_changed();
        on_custom_notification(notification: CustomNotification);
    }

    // A subscription lasts as long as its client wants, and is no request to be timed.
    fn listen(
        &self,
        subscription: SubscriptionContext,
    ) -> impl Future<Output = Answer<()>> + Send + '_ {
        self.inner().listen(subscription)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.inner().get_tool(name)
    }

    fn get_info(&self) -> ServerConfig {
        self.inner().get_info()
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        self.inner().supported_protocol_versions()
    }

    fn negotiate_initialize(&self, request: &InitializeRequestParams) -> Answer<InitializeResult> {
        self.inner().negotiate_initialize(request)
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        self.inner().accepted_subscription_filter(requested)
    }
}

fn has_failed(response: &CallToolResponse) -> bool {
    matches!(response, CallToolResponse::Complete(result) if result.is_error == Some(true))
}
