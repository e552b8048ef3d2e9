//! Forms of the functions that can be layers.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;

use super::{LayerFuture, Next, Reply, RunLayer};
use crate::capability::{Call, SharedState, StateRequirement};

/// A function that can be a layer. `Form` is what the function borrows and provides, which the
/// compiler infers.
#[diagnostic::on_unimplemented(
    message = "this function is not a layer",
    label = "the function has another form",
    note = "a layer is `async fn audit(call: &Call, next: Next<'_>) -> Reply`, with the types of `hecate_om`",
    note = "at most three values that the service provides come first: `async fn audit(log: &Log, call: &Call, next: Next<'_>) -> Reply`",
    note = "its future must be `Send`: what it holds across an `.await` is not an `Rc` or the guard of a lock"
)]
pub trait LayerFn<Form>: Send + Sync + 'static {
    /// Runs the function.
    fn run<'a>(&'a self, call: &'a Call, next: Next<'a>) -> LayerFuture<'a>;
    /// Returns the types that the function borrows.
    fn needs() -> Vec<StateRequirement>;
    /// Returns the type of the value that the function provides for each call.
    fn provides() -> StateRequirement;
}

/// A function that can be called with arguments of one lifetime.
pub trait CallLayer<'a, T, States> {
    /// Future of the function.
    type Future: Future<Output = Reply> + Send + 'a;
    /// Calls the function.
    fn call(&self, states: States, call: &'a Call, next: Next<'a, T>) -> Self::Future;
}

macro_rules! layer_function {
    ($($state:ident $value:ident),*) => {
        #[diagnostic::do_not_recommend]
        impl<'a, F, Fut, T, $($state: 'a),*> CallLayer<'a, T, ($(&'a $state,)*)> for F
        where
            F: Fn($(&'a $state,)* &'a Call, Next<'a, T>) -> Fut,
            Fut: Future<Output = Reply> + Send + 'a,
        {
            type Future = Fut;

            fn call(&self, ($($value,)*): ($(&'a $state,)*), call: &'a Call, next: Next<'a, T>) -> Fut {
                self($($value,)* call, next)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<F, T, $($state),*> LayerFn<(T, ($($state,)*))> for F
        where
            F: Send + Sync + 'static,
            F: for<'x> CallLayer<'x, T, ($(&'x $state,)*)>,
            T: SharedState,
            $($state: SharedState,)*
        {
            fn run<'a>(&'a self, call: &'a Call, next: Next<'a>) -> LayerFuture<'a> {
                Box::pin(async move {
                    $(let $value = next.state::<$state>()?;)*
                    self.call(($(&*$value,)*), call, next.typed()).await
                })
            }

            fn needs() -> Vec<StateRequirement> {
                vec![$(StateRequirement::new::<$state>()),*]
            }

            fn provides() -> StateRequirement {
                StateRequirement::new::<T>()
            }
        }
    };
}

layer_function!();
layer_function!(A a);
layer_function!(A a, B b);
layer_function!(A a, B b, C c);

/// A function with its form.
pub struct LayerFunction<F, Form>(F, PhantomData<fn(Form)>);

impl<F, Form> LayerFunction<F, Form> {
    /// Wraps a function. Only [`RunLayer`] requires a layer, so that the compiler reports another function
    /// once.
    #[must_use]
    pub const fn new(function: F) -> Self {
        Self(function, PhantomData)
    }
}

impl<F: LayerFn<Form>, Form> RunLayer for LayerFunction<F, Form> {
    fn run<'a>(&'a self, call: &'a Call, next: Next<'a>) -> LayerFuture<'a> {
        self.0.run(call, next)
    }

    fn needs(&self) -> Vec<StateRequirement> {
        F::needs()
    }

    fn provides(&self) -> StateRequirement {
        F::provides()
    }
}

impl<F, Form> fmt::Debug for LayerFunction<F, Form> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LayerFunction")
    }
}
