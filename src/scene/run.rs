//! stub
pub trait Observable {}
pub struct Run<S>(S);
