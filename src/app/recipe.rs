//! The sandbox's form as the lines it stands for.
//!
//! Refuses to know which values are possible: the engine says so, word by word.

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    pub profile: String,
    pub brokers: u64,
    /// Over so many racks the brokers are dealt; none has one for 0.
    pub racks: u64,
    pub controllers: u64,
    /// Controllers run inside of the first brokers.
    pub combined: bool,
    pub seed: u64,
    pub topics: Vec<Topic>,
    pub rate: u64,
    pub acks: String,
    /// Settings other than their defaults.
    pub settings: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    pub name: String,
    pub partitions: u64,
    pub replicas: u64,
    pub min_isr: u64,
}

impl Topic {
    pub fn named(name: &str) -> Topic {
        Topic { name: name.to_owned(), partitions: 1, replicas: 3, min_isr: 2 }
    }
}

impl Default for Recipe {
    fn default() -> Recipe {
        Recipe {
            profile: "kraft-4.1".to_owned(),
            brokers: 3,
            racks: 0,
            controllers: 3,
            combined: false,
            seed: 7,
            topics: vec![Topic::named("orders")],
            rate: 20,
            acks: "all".to_owned(),
            settings: Vec::new(),
        }
    }
}

impl Recipe {
    /// The line that opens the cluster.
    pub fn boot(&self) -> String {
        let Recipe { profile, brokers, controllers, seed, .. } = self;
        let mut line = format!(
            "cluster kafka profile={profile} brokers={brokers} controllers={controllers} \
             seed={seed}"
        );
        if self.combined {
            line += " roles=combined";
        }
        if self.racks > 0 {
            let rack = |broker: u64| char::from(b'a' + (broker % self.racks.min(26)) as u8);
            let racks: Vec<String> = (0..self.brokers).map(|at| rack(at).to_string()).collect();
            line += &format!(" racks={}", racks.join(","));
        }
        for (key, value) in self.settings.iter().filter(|(key, _)| !key.is_empty()) {
            line += &format!(" {key}={value}");
        }
        line
    }

    /// The lines that follow it: topics, a producer for each, and rest.
    pub fn commands(&self) -> Vec<String> {
        let Recipe { rate, acks, .. } = self;
        let topic = |topic: &Topic| {
            let Topic { name, partitions, replicas, min_isr } = topic;
            format!(
                "topic {name} partitions={partitions} replicas={replicas} \
                 min.insync.replicas={min_isr}"
            )
        };
        let producer = |(at, topic): (usize, &Topic)| {
            format!("producer p{} topic={} acks={acks} rate={rate}", at + 1, topic.name)
        };
        let producers = self.topics.iter().enumerate().map(producer);
        let lines = self.topics.iter().map(topic).chain(producers);
        lines.chain(["settle".to_owned()]).collect()
    }

    pub fn lines(&self) -> Vec<String> {
        std::iter::once(self.boot()).chain(self.commands()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_recipe_is_the_ordinary_cluster() {
        assert_eq!(
            Recipe::default().lines(),
            [
                "cluster kafka profile=kraft-4.1 brokers=3 controllers=3 seed=7",
                "topic orders partitions=1 replicas=3 min.insync.replicas=2",
                "producer p1 topic=orders acks=all rate=20",
                "settle",
            ]
        );
    }

    #[test]
    fn racks_are_dealt_in_turn_and_settings_stand_under_their_keys() {
        let settings = vec![("replica.lag.time.max.ms".to_owned(), "5000".to_owned())];
        let recipe = Recipe { brokers: 5, racks: 2, combined: true, settings, ..Recipe::default() };
        assert!(recipe.boot().ends_with(
            "brokers=5 controllers=3 seed=7 roles=combined racks=a,b,a,b,a \
             replica.lag.time.max.ms=5000"
        ));
    }

    #[test]
    fn every_topic_has_its_producer_and_the_engine_takes_the_lines() {
        let topics =
            vec![Topic::named("orders"), Topic { partitions: 36, ..Topic::named("clicks") }];
        let recipe = Recipe { brokers: 9, racks: 3, topics, ..Recipe::default() };
        let mut session = replicascope::open(&recipe.boot()).expect("a boot line");
        for line in recipe.commands() {
            session.command(&line).unwrap_or_else(|error| panic!("{line}: {error}"));
        }
        assert_eq!(session.scene().strips.len(), 37);
    }
}
